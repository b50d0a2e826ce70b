"""Nudges: how one process tells the others that something is due now, so that none of them has to look all the time.

A nudge may be lost, and then costs time only: the tick of the timetable finds what it was about. So one never
fails what it follows from. It follows the commit: within the transaction PostgreSQL would let only one of those that
nudge commit at a time, each waiting for the other's disk.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection, make_url

from webapp.domain.job import Job

_log = logging.getLogger(__name__)
NUDGED = (Job.DISPATCHER, Job.RESENDER)


class CannotHear(Exception):
    """Nudges cannot be heard; the message is a sentence. ``lasting``: not before some setting is another."""

    def __init__(self, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting


class Ear(Protocol):
    """What hears nudges, from when it is made to ``close``. Raises CannotHear once it does so no more."""

    def fileno(self) -> int:
        """What becomes readable when there is something to be heard."""
        ...

    def heard(self) -> set[Job]:
        """What has been said since the last call; never waits. To be called now and then even if nothing seems to be
        there: some can tell then, by other means, that they have missed something."""
        ...

    def close(self) -> None:
        """Hear no more."""
        ...


class Line(Protocol):
    """One way for nudges to travel."""

    def say(self, job: Job) -> None:
        """Say that ``job`` has something to do now. Raises CannotSay."""
        ...

    def listen(self) -> Ear:
        """Begin to hear. Raises CannotHear."""
        ...


class CannotSay(Exception):
    """A nudge could not be said; the message says why."""


class Nudges:
    """The nudges of one process. ``own`` are the jobs that it sees to itself: of those it need not tell others."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.own: frozenset[Job] = frozenset()

    def say(self, job: Job) -> None:
        """To the others. What cannot be said is logged, and found by their tick."""
        if job in self.own:
            return
        try:
            self._line.say(job)
        except CannotSay as error:
            _log.warning("The %s of another process could not be told that it has something to do: %s", job, error)

    def listen(self) -> Ear:
        """Begin to hear what the others tell. Raises CannotHear."""
        return self._line.listen()


def nudges(address: str, *, direct: str, connect: Callable[[], Connection]) -> Nudges:
    """As the database at ``address`` lets them travel. ``direct`` is its own address where ``address`` is a pooler's;
    ``connect`` takes a connection out of the pool of the process."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        from webapp.nudges._sqlite import SqliteLine

        return Nudges(SqliteLine(url.database or ""))
    from webapp.nudges._postgresql import PostgresqlLine

    return Nudges(PostgresqlLine(make_url(direct or address), connect))
