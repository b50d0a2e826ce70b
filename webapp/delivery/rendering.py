"""Rendering: the formatters at work, none of which may stop the queue, however slow it is."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, Output, TooSlow, format_checked, run

REST = timedelta(minutes=1)
_LONGEST_S = 5.0  # seconds that a formatter has for one group
_OF_LEASE = 12  # at most such a part of the time for which deliveries are held
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Group:
    """What one person has due on one channel and medium, and who lays it out within which limits."""

    formatter: str
    items: Sequence[Item]
    limits: Format
    context: Context


@dataclass(frozen=True, slots=True)
class Rests:
    """A formatter was not asked: it was too slow a moment ago, and is left alone until ``until``."""

    until: datetime


Made = list[Output] | Rests | BaseException


class Rendering:
    """One process's. It remembers which formatter rests; it holds no transaction, and is used by one thread."""

    def __init__(self, *, lease_s: float) -> None:
        self._each_s = min(_LONGEST_S, lease_s / _OF_LEASE)
        self._rests: dict[str, datetime] = {}

    def lay_out(self, groups: Sequence[Group], *, now: datetime) -> list[Made]:
        """What becomes of each group: its outputs, or what its formatter raised, TooSlow among it.

        A formatter that was too slow once rests for a minute: else each of its groups would hold up all others.
        """
        made: list[Made] = []
        while left := groups[len(made) :]:
            made += run([partial(self._one, group, now) for group in left], each_s=self._each_s)
            if isinstance(made[-1], TooSlow):
                self._rest(groups[len(made) - 1].formatter, now)
        return made

    def _one(self, group: Group, now: datetime) -> list[Output] | Rests:
        until = self._rests.get(group.formatter, now)
        if until > now:
            return Rests(until)
        return format_checked(group.formatter, group.items, group.limits, group.context)

    def _rest(self, formatter: str, now: datetime) -> None:
        self._rests[formatter] = now + REST
        _log.error("The formatter %s was too slow: it is left alone for %d s", formatter, REST.total_seconds())
