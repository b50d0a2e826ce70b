"""Small by taste; past these sizes a function or a module has to be taken apart."""

import ast

from tests.support.source import modules, read, tree

FUNCTION, MODULE = 50, 300


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in modules("app.py", "webapp", "bench", "tests", ".ci")
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or node.lineno) - node.lineno >= FUNCTION
    ]
    assert not long, f"Longer than {FUNCTION} lines: {long}"


def test_no_module_is_longer_than_a_short_chapter() -> None:
    sizes = {path: read(path).count("\n") for path in modules("app.py", "webapp", "bench", "tests", ".ci")}
    long = {str(path): size for path, size in sizes.items() if size > MODULE}
    assert not long, f"Longer than {MODULE} lines: {long}"
