"""Guide and Preset: what a plugin has to tell beside its Fields. It declares them; screens and commands draw them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Guide:
    """A title, a sentence or two, and words that one may type, each with what then happens."""

    title: str
    text: str
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """What a well-known service wants, so that nobody has to look it up: ``values`` go into the Fields of those names
    before anybody types, ``note`` is what is left to know or to do."""

    name: str
    label: str
    values: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
