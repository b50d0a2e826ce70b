"""Rendering: runs the formatters under time limits, so that no slow one can stop the queue."""

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
_OF_LEASE = 12  # one group gets at most this fraction of a lease
_TURNS_OF_LEASE = 4  # all groups of a turn get at most this one: what was sent meanwhile must be written down in time
_IN_A_ROW = 3  # so many different slow groups show that the formatter is slow, or the machine
_log = logging.getLogger(__name__)


class Group(NamedTuple):
    """What one person has due on one channel and medium, and who lays it out within which limits."""

    formatter: str
    items: Sequence[Item]
    limits: Format
    context: Context


@dataclass(frozen=True, slots=True)
class Rests:
    """The formatter was not asked: it was too slow a moment ago, and rests until ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Unasked:
    """The turn's time was used up before the formatter was asked: the group is left to the next turn, or another
    process."""


class StillSlow(Exception):
    """The same text was too slow a moment ago, and is not tried again yet."""


Made = list[Output] | Rests | Unasked | BaseException
_Written = tuple[str, tuple[tuple[str, str], ...]]  # a formatter's name, and the subjects and bodies of a group


class Rendering:
    """The formatters of one process, and which of them rest. It holds no transaction, and is used by one thread.

    A group that is too slow fails, and so does any other with the same text. If its formatter was installed, that also
    rests for a minute, since each of its groups might hold up all others. The shipped formatters lay out nearly
    everything: they rest only after several slow groups in a row.
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
        """Begin a turn, with a new time limit."""
        self._until, self._has_asked = self._clock() + self._all, False

    def lay_out(self, groups: Sequence[Group], *, now: datetime) -> list[Made]:
        """The outcome for each group: its outputs, or what its formatter raised, TooSlow included.

        Each turn asks for one group at least, unless ``stop`` was called.
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
