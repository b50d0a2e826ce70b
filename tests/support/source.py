"""The repository as text and as syntax trees, for the tests that hold the house's rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support import ROOT


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed; paths relative to the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted({Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()}))


def modules(*folders: str) -> list[Path]:
    """The Python files below these folders."""
    return [path for path in files() if path.suffix == ".py" and path.is_relative_to(Path(folders[0]))] + (
        modules(*folders[1:]) if folders[1:] else []
    )


def templates() -> list[Path]:
    """The templates of pages; those of messages are another world, with the rules of mail programs."""
    return [path for path in files() if path.parts[0] == "templates" and path.suffix == ".html"]


def read(path: Path) -> str:
    """A file's text."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(read(path), filename=str(path))


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of the called function, imports resolved: ``datetime.datetime.now``."""
    known = _imports(tree(path))
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            first, *rest = name.split(".")
            yield node, ".".join([known.get(first, first), *rest])


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for names and attributes; any other expression before a dot is written ``…``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value) or '…'}.{node.attr}"
    return ""


def _imports(module: ast.Module) -> dict[str, str]:
    known: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            known |= {alias.asname: alias.name for alias in node.names if alias.asname}
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return known
