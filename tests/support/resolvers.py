"""Resolvers of a test's own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from webapp.resolvers import Resolver, resolver_for, resolvers


@pytest.fixture
def resolver() -> Iterator[Callable[..., None]]:
    """``resolver("name", find, medium="email", channels=("*",))``: one that is installed for this test."""
    names: list[str] = []

    def install(name: str, find: Any, *, medium: str = "email", channels: tuple[str, ...] = ("*",)) -> None:
        resolvers().add(name, Resolver(label="A test's", medium=medium, find=find, channels=channels))
        names.append(name)
        resolver_for.cache_clear()

    yield install
    for name in names:
        resolvers()._plugins.pop(name)
    resolver_for.cache_clear()
