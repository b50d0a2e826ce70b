"""Nudges: how one process tells the others that something is due now, so that none of them has to poll all the time.

A nudge may be lost; that costs time only, since the next tick of the timetable finds what is due. So a nudge that fails
never fails what caused it. It is sent after the commit: within the transaction, PostgreSQL would let the transactions
that notify commit only one at a time, each waiting for the other's disk.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection, make_url

from webapp.domain.job import Job

_log = logging.getLogger(__name__)
NUDGED = (Job.DISPATCHER, Job.RESENDER)


class CannotHear(Exception):
    """Nudges cannot be heard; the message is a sentence. ``lasting``: not until a setting is changed."""

    def __init__(self, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting


class Ear(Protocol):
    """Hears nudges from its making until ``close``. Its methods raise CannotHear once it no longer can."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when there is something to be heard."""
        ...

    def heard(self) -> set[Job]:
        """What has been said since the last call; never waits. Call it now and then even if nothing is readable: some
        ears can tell by other means that they have missed something."""
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
    """The nudges of one process. ``own`` are the jobs that it runs itself: it need not nudge others for those."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.own: frozenset[Job] = frozenset()

    def say(self, job: Job) -> None:
        """Nudge the other processes. A failure is logged; they find what is due by their tick."""
        if job in self.own:
            return
        try:
            self._line.say(job)
        except CannotSay as error:
            _log.warning("The %s of another process could not be told that it has something to do: %s", job, error)

    def listen(self) -> Ear:
        """Begin to hear what the others say. Raises CannotHear."""
        return self._line.listen()


def nudges(address: str, *, direct: str, connect: Callable[[], Connection]) -> Nudges:
    """The way for nudges that the database at ``address`` allows. ``direct`` is the database's own address where
    ``address`` is a pooler's; ``connect`` takes a connection from the process's pool."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        from webapp.nudges._sqlite import SqliteLine

        return Nudges(SqliteLine(url.database or ""))
    from webapp.nudges._postgresql import PostgresqlLine

    return Nudges(PostgresqlLine(make_url(direct or address), connect))
