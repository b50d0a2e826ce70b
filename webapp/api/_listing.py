"""Pages of lists that are short enough to be had whole, in the order of their names."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

_T = TypeVar("_T")


def page_by(items: Iterable[_T], query: dict[str, Any], *, name: Callable[[_T], str], told: Callable[[_T], Any]) -> Any:
    """The requested page. A cursor that names a removed item still tells where the page begins."""
    behind = sorted((it for it in items if name(it) > query["after"]), key=name)
    shown = behind[: query["limit"]]
    return {"items": [told(it) for it in shown], "next": name(shown[-1]) if len(behind) > len(shown) else None}
