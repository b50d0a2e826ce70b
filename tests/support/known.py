"""What there is in a test's world, put into requests that were made up."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st


class Known:
    """What there is, by the names under which addresses and bodies speak of it: put in place of what was made up, so
    that not every answer is that there is nothing."""

    def __init__(self, **values: list[Any]) -> None:
        self.values = values

    def put_into(self, told_: Any, draw: Callable[[Any], Any]) -> Any:
        """The same, with some of its values in place of those that stand there."""
        if isinstance(told_, list):
            return [self.put_into(it, draw) for it in told_]
        if not isinstance(told_, dict):
            return told_
        return {name: self._in_place_of(name, it, draw) for name, it in told_.items()}

    def _in_place_of(self, name: str, value: Any, draw: Callable[[Any], Any]) -> Any:
        fits = [it for it in self.values.get(name, ()) if isinstance(value, type(it))]
        return draw(st.sampled_from(fits)) if fits and draw(st.integers(0, 3)) else self.put_into(value, draw)
