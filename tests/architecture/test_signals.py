"""Signals tell what is so: none is fired inside a transaction, which may yet come to nothing."""

import ast

from tests.support.source import dotted, modules, tree


def test_none_is_fired_inside_a_transaction() -> None:
    early = [
        f"{path}:{node.lineno}"
        for path in modules("webapp")
        for block in ast.walk(tree(path))
        if isinstance(block, ast.With) and any(_writes(item.context_expr) for item in block.items)
        for node in ast.walk(block)
        if isinstance(node, ast.Call) and _fires(node)
    ]
    assert not early, f"Fire these after the commit: {early}"


def _writes(made: ast.expr) -> bool:
    return isinstance(made, ast.Call) and dotted(made.func) in {"writing", "_changing"}


def _fires(call: ast.Call) -> bool:
    """``signals.tell(…)``, or a helper of the module that is handed a signal or what to tell of."""
    verb = dotted(call.func)
    return verb == "signals.tell" or (verb in {"_tell", "_told"} and bool(call.args) and _is_for_signals(call.args[0]))


def _is_for_signals(argument: ast.expr) -> bool:
    return dotted(argument).startswith("signals.") or dotted(argument).rpartition(".")[2] == "written"
