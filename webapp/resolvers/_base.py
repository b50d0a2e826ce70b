"""The Resolver contract: a person goes in, the address at which a medium reaches them comes out, or None."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to reach. ``phone`` is None until they have shown that they hold it; ``role`` is their role in Belfry."""

    username: str
    display_name: str
    email: str | None = None
    phone: str | None = None
    role: str = "editor"
    tz: str = "UTC"
    locale: str = "en_GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """A plugin. ``label`` says whose address it is; ``medium`` and ``channels`` (globs over channel names) say what it
    is asked for. ``find`` returns the address, or None: then the person has no address there, and no other resolver is
    asked. It runs for each delivery, in the engine's own thread, so it must not call other systems."""

    label: str
    medium: str
    find: Callable[[Person], str | None]
    channels: tuple[str, ...] = ("*",)
