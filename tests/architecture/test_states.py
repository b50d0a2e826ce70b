"""A delivery's state changes in one place only, by one function per arrow: the engine's, and those of persons."""

import ast
from pathlib import Path

from tests.support.source import dotted, modules, tree

ARROWS = tuple(Path(f"webapp/models/{name}.py") for name in ("arrows", "by_hand", "claims"))


def test_no_state_is_assigned_outside_its_module() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in modules("webapp")
        if path not in ARROWS
        for node in ast.walk(tree(path))
        if _assigns_a_state(node) or _updates_a_state(node)
    ]
    assert not found, f"Only {ARROWS} move a delivery from state to state, but see {found}"


def _assigns_a_state(node: ast.AST) -> bool:
    """``delivery.state = …``, and the same by setattr."""
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets)
    return isinstance(node, ast.Call) and dotted(node.func) == "setattr" and "state" in _texts(node.args[1:2])


def _updates_a_state(node: ast.AST) -> bool:
    """``update(…).values(state=…)``, and the same with a dict."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "values":
        return False
    keys = [key for argument in node.args if isinstance(argument, ast.Dict) for key in argument.keys if key]
    return any(keyword.arg == "state" for keyword in node.keywords) or "state" in _texts(keys)


def _texts(nodes: list[ast.expr]) -> list[object]:
    return [node.value for node in nodes if isinstance(node, ast.Constant)]
