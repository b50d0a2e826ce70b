"""An import contract of the house: in some packages the modules do not know each other.

import-linter's own kind would need every shared module listed; here the underscore says it. A module whose name begins
with one is what the others share, and a new module of either sort needs no new line.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StrangersContract(Contract):
    """Modules directly below each of ``packages``, folders included, import no other one of them."""

    packages = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Called by import-linter."""
        packages: Any = self.packages
        found = [line for package in packages for line in acquaintances(graph, package)]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Called by import-linter."""
        for line in check.metadata["found"]:
            output.print_error(line)


def acquaintances(graph: ImportGraph, package: str) -> list[str]:
    """What is imported across, as lines to read."""
    strangers = [name for name in graph.find_children(package) if not name.rpartition(".")[2].startswith("_")]
    inside = {module: name for name in strangers for module in {name, *graph.find_descendants(name)}}
    return [
        f"{module} imports {imported}"
        for module, name in sorted(inside.items())
        for imported in sorted(graph.find_modules_directly_imported_by(module))
        if inside.get(imported, name) != name
    ]
