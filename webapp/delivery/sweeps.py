"""Sweeps: every few seconds a process resolves what dead ones hold, what has expired, and what is held without need."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from webapp.delivery.claim import crashed_wait
from webapp.delivery.lot import Kind
from webapp.delivery.turn import Turn
from webapp.models.leases import Lane

_EVERY_S = 5.0


class Sweeps:
    """The sweeps of a process that makes later tries. They begin with its first turn for these, then go on by
    themselves, however seldom it looks for later tries. The lanes to ``make_room`` in are kept from one turn to the
    next."""

    def __init__(self, lease_s: float) -> None:
        self.make_room: Mapping[Lane, int] = {}
        self._lease, self._every = timedelta(seconds=lease_s), timedelta(seconds=min(_EVERY_S, lease_s / 4))
        self._next: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether it is time for the next."""
        return self._next is not None and now >= self._next

    def take_part(self, turn: Turn, due: datetime) -> bool:
        """Do this turn's part; returns whether that was a whole sweep. What became due after ``due`` is not to be
        claimed, so no room is made for it."""
        if whole := self._next is None or self.due(turn.now):
            self._next = turn.now + self._every
            turn.sweep()
        if whole or self.make_room:
            now = min(turn.now, due + self._lease)
            waits = crashed_wait(turn.session, now=now, lease=self._lease, busy=turn.without_share)
            turn.make_room = self.make_room = {} if turn.paused(Kind.LATER) else waits
        return whole
