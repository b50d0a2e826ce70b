"""Formatters that claim the same channels."""

from collections.abc import Iterator
from contextlib import contextmanager

from webapp.formatters import formatters
from webapp.formatters.plain import Plain


class Claiming(Plain):
    """Lays out as plain does."""

    label = "Claiming"

    def __init__(self, glob: str) -> None:
        self.channels = (glob,)


@contextmanager
def two_layouts(glob: str) -> Iterator[None]:
    """The formatters ``first`` and ``second`` are installed: each supports the channels that ``glob`` matches."""
    for name in ("first", "second"):
        formatters().add(name, Claiming(glob))
    try:
        yield
    finally:
        for name in ("first", "second"):
            formatters()._plugins.pop(name)
