"""Guide: what a plugin has to tell beside its Fields. A plugin declares it; the screens and commands draw it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guide:
    """A title, a sentence or two, and words that one may type, each with what then happens."""

    title: str
    text: str
    words: tuple[tuple[str, str], ...] = ()
