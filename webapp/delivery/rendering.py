"""Rendering: the formatters at work, none of which may stop the queue, however slow it is."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, Output, TooSlow, format_checked, load, run, shipped

REST = timedelta(minutes=1)
_LONGEST_S = 5.0  # seconds that a formatter has for one group
_OF_LEASE = 12  # at most such a part of the time for which deliveries are held
_TURNS_OF_LEASE = 4  # and such a part for all groups of a turn: what was sent meanwhile is to be written down in time
_IN_A_ROW = 3  # so many different groups show that it is the formatter that is slow, or the machine
_log = logging.getLogger(__name__)


class Group(NamedTuple):
    """What one person has due on one channel and medium, and who lays it out within which limits."""

    formatter: str
    items: Sequence[Item]
    limits: Format
    context: Context


@dataclass(frozen=True, slots=True)
class Rests:
    """A formatter was not asked: it was too slow a moment ago, and is left alone until ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Unasked:
    """The time of the turn was used up before its formatter was asked: it is for the next turn, or another process."""


class StillSlow(Exception):
    """The same was too slow a moment ago, and was not tried again."""


Made = list[Output] | Rests | Unasked | BaseException
_Written = tuple[str, tuple[tuple[str, str], ...]]  # by which formatter, of which subjects and bodies


class Rendering:
    """One process's. It remembers which formatter rests; it holds no transaction, and is used by one thread.

    A group that is too slow fails by itself, and with it what was written the same for others. Its formatter rests for
    a minute, too, where it was installed, since each of its groups might hold up all others. Those that are shipped
    lay out nearly everything: they rest only where several groups in a row were slow.
    """

    def __init__(self, *, lease_s: float, clock: Callable[[], datetime]) -> None:
        self._each_s = min(_LONGEST_S, lease_s / _OF_LEASE)
        self._all = timedelta(seconds=lease_s / _TURNS_OF_LEASE)
        self._clock = clock
        self._rests: dict[str, datetime] = {}
        self._slow: dict[_Written, datetime] = {}  # until when it is remembered
        self._in_a_row: dict[str, set[_Written]] = {}
        self._is_over = False
        self.begin()

    def stop(self) -> None:
        """Ask nobody from now on. Called by any thread."""
        self._is_over = True

    def begin(self) -> None:
        """A turn begins, which has a time of its own."""
        self._until, self._has_asked = self._clock() + self._all, False

    def lay_out(self, groups: Sequence[Group], *, now: datetime) -> list[Made]:
        """What becomes of each group: its outputs, or what its formatter raised, TooSlow among it.

        Of a turn, one is asked in any case, unless it is to ``stop``.
        """
        load()
        self._slow = {written: until for written, until in self._slow.items() if until > now}
        made: list[Made] = []
        while left := groups[len(made) :]:
            some = run([partial(self._one, group, now) for group in left], each_s=self._each_s)
            for group, one in zip(left, some, strict=False):
                self._note(group, one, now)
            made += some
        return made

    def _one(self, group: Group, now: datetime) -> list[Output] | Rests | Unasked:
        until = self._rests.get(group.formatter, now)
        if until > now:
            return Rests(until)
        if self._slow and _written(group) in self._slow:
            raise StillSlow("The formatter was too slow for the same a moment ago.")
        if self._is_over or (self._has_asked and self._clock() >= self._until):
            return Unasked()
        self._has_asked = True
        return format_checked(group.formatter, group.items, group.limits, group.context)

    def _note(self, group: Group, made: Made, now: datetime) -> None:
        if isinstance(made, list):
            self._in_a_row.pop(group.formatter, None)
        elif isinstance(made, TooSlow):
            self._slow[_written(group)] = now + REST
            slow = self._in_a_row.setdefault(group.formatter, set())
            slow.add(_written(group))
            if len(slow) >= _IN_A_ROW or not shipped(group.formatter):
                self._rest(group.formatter, now)

    def _rest(self, formatter: str, now: datetime) -> None:
        self._rests[formatter] = now + REST
        del self._in_a_row[formatter]
        _log.error("The formatter %s was too slow: it is left alone for %d s", formatter, REST.total_seconds())


def _written(group: Group) -> _Written:
    return group.formatter, tuple((item.subject, item.body) for item in group.items)
