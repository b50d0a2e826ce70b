"""ChannelOptions: how what is posted on a channel travels; checked by themselves, without the database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.message import LONGEST_TTL_S
from webapp.domain.posters import problem_in_posters
from webapp.domain.retry_policy import DEFAULT_FOR_PEOPLE
from webapp.domain.subscription_filter import one_spelling
from webapp.domain.text import problem_in_line

LONGEST_TITLE, LONGEST_DESCRIPTION = 100, 500  # characters
LONGEST_EVERY_S = 7 * 86400
MOST_MONTHS = 120
MOST_KEYS = 20
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOptions:
    """``media`` in the order in which they are shown; none: inbox only. ``every_s``: a channel that batches is tried
    only at multiples of so many seconds. ``formatter`` and ``policy`` are names; without a formatter, the one that
    supports the channel is used, or else the default. ``ttl_s`` (seconds) and ``keep_months`` are None for the default.
    ``posters``: usernames, and roles as ``role:operator``; None for everybody; empty: only Belfry itself posts.
    ``filter_keys``: the keys by which subscribers may filter."""

    title: str
    description: str = ""
    media: tuple[str, ...] = ("email",)
    immediate: bool = False
    every_s: int = 0
    formatter: str | None = None
    policy: str = DEFAULT_FOR_PEOPLE
    ttl_s: float | None = None
    keep_months: int | None = None
    required: bool = False
    at_most_once: bool = False
    posters: tuple[str, ...] | None = None
    filter_keys: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """The options by name, as the audit stores them."""
        return {field.name: getattr(self, field.name) for field in fields(ChannelOptions)}

    def problems(self) -> Mapping[str, str | None]:
        """What is wrong with each option, as a sentence; None where it is sound. Whether a policy, a formatter or a
        poster of that name exists is not checked here."""
        return {
            "title": problem_in_line(self.title, longest=LONGEST_TITLE),
            "description": _of_text(self.description),
            "media": _of_media(self.media),
            "every_s": _of_batching(self.every_s, self.immediate),
            "ttl_s": _between(self.ttl_s, 1, LONGEST_TTL_S, "seconds") or self._of_living(),
            "keep_months": _between(self.keep_months, 1, MOST_MONTHS, "months"),
            "posters": problem_in_posters(self.posters or ()),
            "filter_keys": _of_keys(self.filter_keys),
        }

    def is_outlived(self, ttl_s: float | None) -> bool:
        """Whether a message with this time to live can expire before the channel is tried at all."""
        return ttl_s is not None and bool(self.every_s) and ttl_s <= self.every_s

    def _of_living(self) -> str | None:
        if not self.is_outlived(self.ttl_s):
            return None
        return f"Longer than {self.every_s} seconds, please: it would expire before the channel is tried."


def first_try(visible_at: datetime, every_s: int) -> datetime:
    """When the first try is due: at once, or, where the channel batches, at the next multiple of its interval."""
    passed = visible_at.timestamp() % every_s if every_s else 0
    return visible_at + timedelta(seconds=every_s - passed) if passed else visible_at


def _of_text(description: str) -> str | None:
    return problem_in_line(description, longest=LONGEST_DESCRIPTION) if description else None


def _of_media(media: tuple[Any, ...]) -> str | None:
    if unknown := [medium for medium in media if medium not in FOR_PEOPLE]:
        return f"“{unknown[0][:20]}” is no medium for people: choose out of {', '.join(FOR_PEOPLE)}."
    return "Name each medium once." if len(set(media)) < len(media) else None


def _of_batching(every_s: int, immediate: bool) -> str | None:
    if immediate and every_s:
        return "A channel is immediate or it batches: it cannot be both."
    return _between(every_s, 0, LONGEST_EVERY_S, "seconds")


def _between(number: float | None, least: float, most: float, unit: str) -> str | None:
    if number is None or least <= number <= most:
        return None
    return f"From {least:g} to {most:g} {unit}, please."


def _of_keys(keys: Sequence[str]) -> str | None:
    if strange := [key for key in keys if not _KEY.fullmatch(key)]:
        return f"“{strange[0][:50]}” is no key: a letter first, then letters, digits and “_”, 50 at most."
    if twice := _twice(keys):
        return f"“{twice[0]}” and “{twice[1]}” are one key: name each once."
    return f"At most {MOST_KEYS} keys, please." if len(keys) > MOST_KEYS else None


def _twice(keys: Iterable[str]) -> tuple[str, str] | None:
    """Two keys that are spellings of one: messageType and message_type."""
    seen: dict[str, str] = {}
    for key in keys:
        if (alike := one_spelling(key)) in seen:
            return seen[alike], key
        seen[alike] = key
    return None
