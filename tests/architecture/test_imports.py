"""What may import what: the contracts of pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest
from grimp import ImportGraph

from tests.support import ROOT
from tests.support.contracts import acquaintances


def test_imports_keep_the_contracts() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("importer", "imported", "count"),
    [("a.one.part", "a.two", 1), ("a.one", "a._shared", 0), ("a._shared", "a.one", 0), ("a.one", "a.one.part", 0)],
)
def test_strangers_stay_strangers(importer: str, imported: str, count: int) -> None:
    graph = ImportGraph()
    for name in ("a", "a.one", "a.one.part", "a.two", "a._shared"):
        graph.add_module(name)
    graph.add_import(importer=importer, imported=imported)
    assert len(acquaintances(graph, "a")) == count
