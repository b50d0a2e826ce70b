"""Every module has its test file, at the place where one looks for it."""

import ast
from pathlib import Path

from tests.support.source import files, modules, tree


def test_every_module_has_its_test_file() -> None:
    there = set(files())
    lonely = [path for path in modules("webapp") if _wants_tests(path) and not there & set(_places(path))]
    assert not lonely, "No test file for: " + ", ".join(f"{path} (as {_places(path)[0]})" for path in lonely)


def _wants_tests(path: Path) -> bool:
    """An underscored module is tested through those that share it; a package that only names things needs none."""
    if path.name == "__init__.py":
        return any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in tree(path).body)
    return not path.name.startswith("_")


def _places(path: Path) -> list[Path]:
    """Where its tests may be: a plugin that is a folder may be tested as one thing, a registry by every plugin."""
    _, *folders, _ = path.parts
    home = Path("tests", *folders)
    if path.name == "__init__.py":
        package = f"test_{folders[-1] if folders else 'webapp'}.py"
        every = [found for found in files() if found.parent == home and found.name.startswith("test_every_")]
        return [home / package, *([home.parent / package] if folders else []), *every]
    whole = [home.parent / f"test_{folders[-1]}.py"] if len(folders) > 1 else []
    return [home / f"test_{path.name}", *whole]
