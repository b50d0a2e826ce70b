"""Guide and Preset: what a plugin declares beside its Fields. Screens and commands show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Guide:
    """A title, a sentence or two, and words that one may type, each with its effect."""

    title: str
    text: str
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """The settings of a well-known service: ``values`` are filled into the Fields of those names beforehand, ``note``
    is what is left to know or to do."""

    name: str
    label: str
    values: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
