"""Where a medium reaches a person on a channel: one module per resolver, each with a ``RESOLVER``."""

import logging
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any, NamedTuple

from webapp.domain.registry import Registry, discover, registered
from webapp.domain.text import problem_in_line, storable
from webapp.resolvers._base import Person, Resolver

__all__ = ["Person", "Resolved", "Resolver", "resolve", "resolver_for", "resolvers"]

_LONGEST_ADDRESS = 254  # characters
_LONGEST_ERROR = 300
_log = logging.getLogger(__name__)


class Resolved(NamedTuple):
    """The result of resolving: the resolver asked (if any), the address or None, and the error that it raised."""

    resolver: str | None
    address: str | None = None
    error: str | None = None


@cache
def resolvers() -> Registry[Resolver]:
    """Every resolver by the name of its module."""
    return registered("resolver", __name__, "belfry.resolvers", _read)


def _read(module: Any) -> tuple[str, Resolver]:
    if not isinstance(module.RESOLVER, Resolver):
        raise TypeError("RESOLVER is no Resolver.")
    return module.__name__.rpartition(".")[2], module.RESOLVER


@lru_cache(maxsize=1024)  # the engine asks for every delivery
def resolver_for(channel: str, medium: str) -> str | None:
    """The resolver for a channel and medium. Installed ones come before shipped ones, then those with a longer (more
    specific) glob, then by name. None where no resolver knows the medium."""
    claims = [
        (name in _shipped(), -len(glob), name)
        for name, one in resolvers().items()
        if one.medium == medium
        for glob in one.channels
        if fnmatchcase(channel, glob)
    ]
    return min(claims)[2] if claims else None


@cache
def _shipped() -> frozenset[str]:
    return frozenset(module.__name__.rpartition(".")[2] for module in discover(__name__))


def resolve(person: Person, *, channel: str, medium: str) -> Resolved:
    """The person's address on the medium. Never raises: one faulty resolver must not stop the queue."""
    name = resolver_for(channel, medium)
    if name is None:
        return Resolved(None)
    try:
        return Resolved(name, _checked(resolvers()[name].find(person)))
    except Exception as error:  # a resolver is a plugin: it may raise anything  # noqa: BLE001
        _log.debug("The resolver %s raised", name, exc_info=True)
        return Resolved(name, error=storable(f"{type(error).__name__}: {error}", longest=_LONGEST_ERROR))


def _checked(told: object) -> str | None:
    """The address. Raises TypeError or ValueError where a resolver's answer cannot be one."""
    if told is None or told == "":
        return None
    if not isinstance(told, str):
        raise TypeError(f"An address is text, or None; this is {type(told).__name__}.")
    if problem := problem_in_line(told, longest=_LONGEST_ADDRESS):
        raise ValueError(f"This is no address: {problem}")
    return told
