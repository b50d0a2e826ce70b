"""ChannelOptions: how what is posted on a channel travels, checked by itself before anything else is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.message import LONGEST_TTL_S
from webapp.domain.retry_policy import DEFAULT_FOR_PEOPLE
from webapp.domain.text import problem_in_line

LONGEST_TITLE, LONGEST_DESCRIPTION = 100, 500  # characters
LONGEST_EVERY_S = 7 * 86400
MOST_MONTHS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOptions:
    """``media`` in the order in which they are shown; none: inbox only. ``every_s``: a channel that batches is tried
    at the multiples of so many seconds only. ``formatter`` and ``policy`` are names; no formatter: the one that lays
    out the channel, or else the default. ``ttl_s`` seconds and ``keep_months`` are None for the default. ``posters``:
    usernames, and roles as ``role:operator``; None for everybody. ``filter_keys``: by what subscribers may choose.
    """

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

    def problems(self) -> Mapping[str, str | None]:
        """What is wrong with each option, as a sentence; None where it is sound. Whether a policy, a formatter or a
        poster of that name exists is not asked here."""
        return {
            "title": problem_in_line(self.title, longest=LONGEST_TITLE),
            "description": _of_text(self.description),
            "media": _of_media(self.media),
            "every_s": _of_batching(self.every_s, self.immediate),
            "ttl_s": _between(self.ttl_s, 1, LONGEST_TTL_S, "seconds"),
            "keep_months": _between(self.keep_months, 1, MOST_MONTHS, "months"),
            "posters": "Name at least one role or person, or let everybody post." if self.posters == () else None,
        }


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
