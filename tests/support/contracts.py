"""A custom contract for import-linter: in some packages, modules do not import each other.

import-linter's own kind would need a list of every shared module. Here, modules with a leading underscore are shared
and all others are independent, so a new module of either sort needs no new line.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StrangersContract(Contract):
    """The public modules directly below each of ``packages``, folders included, do not import each other."""

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
    """The forbidden imports, as lines to read."""
    strangers = [name for name in graph.find_children(package) if not name.rpartition(".")[2].startswith("_")]
    inside = {module: name for name in strangers for module in {name, *graph.find_descendants(name)}}
    return [
        f"{module} imports {imported}"
        for module, name in sorted(inside.items())
        for imported in sorted(graph.find_modules_directly_imported_by(module))
        if inside.get(imported, name) != name
    ]
