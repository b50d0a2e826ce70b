"""The difference between a setup before and after, thing by thing and key by key. Secrets are only named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from webapp.services.setup._file import SECTIONS, dotted
from webapp.services.setup._lines import Path
from webapp.services.setup._shape import Entry
from webapp.services.setup._work import Secret

Setup = Mapping[str, Mapping[str, Entry]]
_A_SECRET, _ANOTHER_SECRET = "(a secret)", "(another secret)"


@dataclass(frozen=True, slots=True)
class Changed:
    """One key with its old and new value; None where it was, or is, absent."""

    key: str
    was: Any
    became: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was added or changed."""

    fate: Literal["added", "changed"]
    section: str
    name: str
    changes: tuple[Changed, ...]


def differences(before: Setup, after: Setup) -> Iterator[Difference]:
    """In the order of the file. Nothing is ever removed: what a file does not name stays."""
    for section in SECTIONS:
        for name in sorted(after[section]):
            was = before[section].get(name)
            if changes := tuple(_changes(was or {}, after[section][name])):
                yield Difference("added" if was is None else "changed", section, name, changes)


def _changes(was: Entry, became: Entry) -> Iterator[Changed]:
    old, new = dict(_leaves((), was)), dict(_leaves((), became))
    for path in [*new, *(path for path in old if path not in new)]:
        if old.get(path) != new.get(path):
            yield Changed(dotted(path), *_shown(old.get(path), new.get(path)))


def _shown(was: Any, became: Any) -> tuple[Any, Any]:
    if isinstance(was, Secret) and isinstance(became, Secret):
        return _A_SECRET, _ANOTHER_SECRET
    return _masked(was), _masked(became)


def _masked(value: Any) -> Any:
    return _A_SECRET if isinstance(value, Secret) else value


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if not isinstance(value, Mapping):
        yield path, list(value) if isinstance(value, tuple) else value
        return
    for key, inner in value.items():
        yield from _leaves((*path, key), inner)
