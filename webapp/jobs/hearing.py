"""Hearing: wakes the jobs of a process before their next tick, when this process or another one says that something is
due."""

import logging
import os
from collections.abc import Callable, Collection
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread

from webapp.domain import signals
from webapp.domain.job import Job
from webapp.nudges import CannotHear, Ear, Nudges

_log = logging.getLogger(__name__)
# How often an ear is asked even if it signals nothing. Not each second: on SQLite this process's own writes, such as
# its heartbeats, look like writes that nobody has nudged for, and each time every job would be woken.
_LOOKS_EVERY_S = 10.0
_AGAIN_AFTER_S = 1.0
_ENDS_WITHIN_S = 2.0  # it may be about to connect to a database that does not answer


class Hearing:
    """Calls ``wake`` for each of ``jobs`` that has something to do, until it is stopped.

    A thread hears other processes. Where its ear breaks, for example because the database is away, it opens a new one
    and wakes all jobs: nobody knows what was said meanwhile.
    """

    def __init__(self, nudges: Nudges, jobs: Collection[Job], wake: Callable[[Job], object]) -> None:
        self._nudges, self._jobs, self._wake = nudges, frozenset(jobs), wake
        self._stopping, self._broken = Event(), False
        self._thread = Thread(target=self._run, name="hearing", daemon=True)

    def start(self) -> None:
        """Begin; from here on this process need not nudge others for jobs that it runs itself."""
        self._end = os.eventfd(0)  # becomes readable when the thread is to end
        self._nudges.own = self._jobs
        signals.due.connect(self._on_due)
        self._thread.start()

    def stop(self) -> None:
        """Hear no more; other processes are nudged again."""
        signals.due.disconnect(self._on_due)
        self._nudges.own = frozenset()
        self._stopping.set()
        os.eventfd_write(self._end, 1)
        self._thread.join(_ENDS_WITHIN_S)
        if not self._thread.is_alive():
            os.close(self._end)

    def _on_due(self, _sender: object = None, *, job: Job, **_more: object) -> None:
        if job in self._jobs:
            self._wake(job)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hear(self._nudges.listen())
            except CannotHear as error:
                if error.lasting:
                    _log.warning("%s", error)
                    self._wake_all(self._jobs)  # what is due now need not wait for their first look
                    return
                self._say_broken(error)
                self._stopping.wait(_AGAIN_AFTER_S)

    def _hear(self, ear: Ear) -> None:
        """Until the ear breaks, or this is stopped."""
        try:
            with DefaultSelector() as both:
                both.register(ear, EVENT_READ)
                both.register(self._end, EVENT_READ)
                self._broken = False
                self._wake_all(self._jobs)
                while not self._stopping.is_set():
                    both.select(_LOOKS_EVERY_S)
                    self._wake_all(ear.heard() & self._jobs)
        finally:
            ear.close()

    def _wake_all(self, jobs: Collection[Job]) -> None:
        for job in jobs:
            self._wake(job)

    def _say_broken(self, error: CannotHear) -> None:
        """Log it once, not each second."""
        if not self._broken:
            _log.warning("What other processes post is found by the next look until this is mended: %s", error)
        self._broken = True
