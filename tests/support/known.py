"""Existing names and ids, for requests that were generated at random."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st


class Known:
    """The existing values, by the names of parameters and fields: put in place of generated ones, so that not every
    answer is 404."""

    def __init__(self, **values: list[Any]) -> None:
        self.values = values

    def put_into(self, told_: Any, draw: Callable[[Any], Any]) -> Any:
        """The same data, with some of its values replaced by existing ones."""
        if isinstance(told_, list):
            return [self.put_into(it, draw) for it in told_]
        if not isinstance(told_, dict):
            return told_
        return {name: self._in_place_of(name, it, draw) for name, it in told_.items()}

    def _in_place_of(self, name: str, value: Any, draw: Callable[[Any], Any]) -> Any:
        fits = [it for it in self.values.get(name, ()) if isinstance(value, type(it))]
        return draw(st.sampled_from(fits)) if fits and draw(st.integers(0, 3)) else self.put_into(value, draw)
