"""Faulty formatters."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from webapp.formatters import formatters


class Broken:
    """A formatter that raises."""

    label, channels, groups = "Broken", (), False

    def format(self, *_: Any) -> Any:
        raise ValueError("broken")


class Silent:
    """A formatter that leaves everything out."""

    label, channels, groups = "Silent", (), False

    def format(self, *_: Any) -> Any:
        return []


@contextmanager
def odd_formatters() -> Iterator[None]:
    """Installs the formatters ``broken`` and ``silent``."""
    for name, made in (("broken", Broken()), ("silent", Silent())):
        formatters().add(name, made)
    try:
        yield
    finally:
        for name in ("broken", "silent"):
            formatters()._plugins.pop(name)
