"""How a message leaves the house: one module (or folder) per kind, each with a ``PROVIDER`` class."""

import re
from functools import cache
from inspect import isabstract
from typing import TYPE_CHECKING, Any

from webapp.domain.field import Field
from webapp.domain.medium import FOR_PEOPLE, Medium
from webapp.domain.registry import Registry, registered
from webapp.providers._base import ByHttp, Checkable, Listener, Provider, Surroundings, Verifier
from webapp.providers._net import Deadline, connect, look_up, never_dialled
from webapp.providers._switchboard import Gone, Switchboard

if TYPE_CHECKING:  # libcurl is read where something is asked
    from webapp.providers._line import Line as Line

__all__ = [
    "ByHttp",
    "Checkable",
    "Deadline",
    "Gone",
    "Listener",
    "Provider",
    "Surroundings",
    "Switchboard",
    "Verifier",
    "connect",
    "kinds",
    "kinds_for_people",
    "listening_media",
    "look_up",
    "never_dialled",
]

_KIND, _FIELD = re.compile(r"[a-z][a-z0-9_]{0,29}"), re.compile(r"[a-z][a-z0-9_]*")


@cache
def kinds() -> Registry[type[Provider]]:
    """Every provider kind by name. Found at first use, so that importing this package imports no plugin's libraries."""
    return registered("provider", __name__, "belfry.providers", _read)


def kinds_for_people() -> dict[str, type[Provider]]:
    """The kinds that providers are made of. The other kinds are for subscribers, each of which has its own account."""
    return {name: kind for name, kind in kinds().items() if set(kind.media) & set(FOR_PEOPLE)}


def _read(found: Any) -> tuple[str, type[Provider]]:
    """The name and class of the kind that a module or an entry point leads to. Raises TypeError for a class that could
    not be used as a kind: better once, at the start, than on every page that lists the kinds."""
    kind = getattr(found, "PROVIDER", found)
    if not (isinstance(kind, type) and issubclass(kind, Provider)) or isabstract(kind):
        raise TypeError("It is no Provider, or not a whole one.")
    if not _KIND.fullmatch(kind.kind) or not (kind.label and kind.summary):
        raise TypeError("Its kind is a word in small letters, and it has a label and a summary.")
    if not kind.media or not set(kind.media) <= set(Medium):
        raise TypeError(f"Its media are some of {', '.join(Medium)}.")
    if not all(isinstance(field, Field) and _FIELD.fullmatch(field.name) for field in kind.all_fields()):
        raise TypeError("Its fields are Fields with names in small letters.")
    return kind.kind, kind


def listening_media() -> set[str]:
    """The media of which a far side may say later what became of a message."""
    return {medium for _, kind in kinds().items() if issubclass(kind, Listener) for medium in kind.media}
