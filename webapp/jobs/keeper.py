"""The timekeeper: the scheduler, the resident pipeline and the watch of one serving process. Each job is one call."""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app

from webapp.database import fault_of
from webapp.delivery.lot import Kind
from webapp.delivery.resident import Resident
from webapp.domain.job import Job
from webapp.jobs.hearing import Hearing
from webapp.jobs.quiet import Quiet
from webapp.jobs.timetable import TIMETABLE, Timed, runs_here
from webapp.jobs.trigger import trigger
from webapp.jobs.watch import Drift, Trust, Watch
from webapp.runtime import engine, runtime
from webapp.services.running import alerts, job_orders, jobs, planning, truncation

_log = logging.getLogger(__name__)
_EXTENSION = "belfry.timekeeper"
_BEAT_EVERY_S = 5.0
_ALONE_FOR_S = 3600.0  # the lease of a truncation: after that, another process takes it over
_LONGEST_RUN_S = 60.0  # a run that a person asked for is written down after so long at the latest, though it may go on
_STALLED_AFTER_S = 5.0  # beyond two intervals without a run
# One late run instead of many, never two at once, and none dropped for being late.
_SCHEDULER = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class Scheduler(BackgroundScheduler):
    """An APScheduler that can be asked whether its thread still lives."""

    @property
    def alive(self) -> bool:
        """Whether it will run anything more."""
        return self._thread is not None and self._thread.is_alive()


class Timekeeper:
    """The scheduler and the pipeline of one serving process."""

    def __init__(self, app: Flask, asking: Callable[[], int] = lambda: 0) -> None:
        with app.app_context():
            self._runtime = runtime()
        self._app, self._settings, self._clock = app, self._runtime.settings, self._runtime.clock
        self._timed = tuple(timed for timed in TIMETABLE if runs_here(timed, self._settings))
        self.jobs = tuple(timed.job.value for timed in self._timed)
        self._every = {timed.job: timed.numbers(self._settings).every_s for timed in self._timed}
        self._ran = dict.fromkeys(self._every, time.monotonic())  # when each job last began, on the monotonic clock
        self._quiet = Quiet(self._clock.monotonic)
        self._by_hand: set[Job] = set()  # the jobs of which a run by a person is under way
        self._started = self._turned = self._clock.monotonic()
        self._beat_at: float | None = None
        self._trust = Trust(self._clock)
        self._resident = Resident(engine(app), alive=self._alive, asking=asking)
        self._scheduler = self._new_scheduler()
        self._drift = Drift(lambda: datetime.now(UTC), time.monotonic)
        sending = [timed.job for timed in self._timed if timed.kind]
        self._hearing = Hearing(self._runtime.nudges, sending, lambda job: self._resident.wake(Kind(job)))
        self._watch = Watch(self._mind_the_clock, self._mind_the_scheduler, self._obey, self._tell_late)

    def start(self) -> None:
        """Begin; what is due now is taken up at once, whichever process made it due."""
        self._resident.start()
        self._scheduler.start()
        self._watch.start()
        self._hearing.start()

    def stop(self) -> None:
        """No new runs; what is in flight is finished or given back within the grace."""
        self._hearing.stop()
        self._watch.stop()
        self._scheduler.shutdown(wait=False)
        self._resident.stop()

    def wake(self, kind: Kind) -> dict[str, int]:
        """Wake the pipeline for a kind. Returns what it has written down for that kind since the last call."""
        self._resident.wake(kind)
        return self._resident.take_counts(kind)

    def truncate(self) -> dict[str, int]:
        """Truncate, unless another process is doing so. Raises ClockRanAhead: by such a clock, yesterday's messages may
        seem old."""
        now = self._trust.now()
        if not jobs.may_run_alone(job="truncation", process=self._runtime.process, now=now, for_s=_ALONE_FOR_S):
            return {}
        try:
            went = truncation.truncate(now=now, keep_months=self._settings.keep_months)
            return {"forgotten": went.notifications + went.messages}
        finally:
            jobs.no_longer_alone(job="truncation", process=self._runtime.process)

    @property
    def uptime_s(self) -> float:
        """Seconds since the start."""
        return self._clock.monotonic() - self._started

    @property
    def turned_s_ago(self) -> float:
        """Seconds since the pipeline last took a turn."""
        return self._clock.monotonic() - self._turned

    def _run(self, timed: Timed) -> None:
        """A run by the timer. It is skipped while the job is paused, or while a person's run is under way, which takes
        what has come due since; the pipeline is woken even then, to free what dead processes held."""
        self._ran[timed.job] = time.monotonic()
        with self._app.app_context():
            if not (self._is_paused(timed) or timed.job in self._by_hand):
                self._write_down(timed, "timer", timed.run)
            elif timed.kind:
                self._resident.wake(timed.kind)

    def _is_paused(self, timed: Timed) -> bool:
        """If the database cannot be asked: yes for truncation, which deletes; no for the others, since the pipeline
        asks again itself."""
        paused = _quietly(partial(job_orders.is_paused, job=timed.job, now=self._clock.now()))
        return timed.kind is None if paused is None else paused

    def _run_by_hand(self, timed: Timed) -> None:
        """A run that a person asked for; it is written down as theirs once nothing more is due, or after a minute."""
        self._by_hand.add(timed.job)
        try:
            with self._app.app_context():
                self._write_down(timed, "person", self._wholly(timed.kind) if timed.kind else timed.run)
        finally:
            self._by_hand.discard(timed.job)

    def _wholly(self, kind: Kind) -> "Callable[[Timekeeper], dict[str, int]]":
        return lambda _keeper: self._resident.run(kind, within_s=_LONGEST_RUN_S)

    def _write_down(self, timed: Timed, why: str, run: "Callable[[Timekeeper], dict[str, int]]") -> None:
        """Make one run and write down its result; runs that found nothing are written down together. A failure must not
        stop the timetable."""
        note = partial(
            jobs.note_run, job=timed.job, process=self._runtime.process, started_at=self._clock.now(), trigger=why
        )
        try:
            counts = run(self)
            if passes := self._quiet.passes(timed.job, idle=not (any(counts.values()) or timed.job in self._by_hand)):
                note(counts=counts, ended_at=self._clock.now(), passes=passes)
        except Exception as error:  # noqa: BLE001 — such as a database that is away
            _log.exception("The job %s failed", timed.job)
            said = f"{type(error).__name__}: {fault_of(error)}"
            _quietly(partial(note, counts={}, ended_at=self._clock.now(), error=said))

    # --- the watch's looks: each second, by the monotonic clock ---

    def _mind_the_clock(self) -> None:
        """If the clock was set, every time that the scheduler has computed is wrong."""
        if drift := self._drift.taken():
            _log.warning("The clock was set by %+.0f s; the timetable is computed anew", drift.total_seconds())
            self._reckon_anew()

    def _mind_the_scheduler(self) -> None:
        """Replace a scheduler whose thread has died; wake one that is late with a job."""
        if not self._scheduler.alive:
            _log.error("The scheduler's thread has died; another takes its place")
            self._scheduler = self._new_scheduler()
            self._scheduler.start()
        elif any(self._is_late(job) for job in self._ran):
            _log.warning("The scheduler has not run what it should have; it is woken")
            self._reckon_anew()

    def _obey(self) -> None:
        """Do what an administrator has ordered, another interval or a run now; and update the statistics after a very
        large post."""
        with self._app.app_context():
            ordered = job_orders.current(now=self._clock.now())
            for timed in self._timed:
                self._obey_one(timed, ordered.get(timed.job, job_orders.NOTHING))
            if ordered.get(planning.NAME, job_orders.NOTHING).wanted_at and planning.take_wanted():
                self._scheduler.add_job(self._plan_anew, id=planning.NAME, replace_existing=True)

    def _obey_one(self, timed: Timed, order: job_orders.Order) -> None:
        every_s = order.every_s or timed.numbers(self._settings).every_s
        if every_s != self._every[timed.job]:
            self._every[timed.job] = every_s
            self._scheduler.reschedule_job(timed.job, trigger=trigger(every_s))
            self._ran[timed.job] = time.monotonic()  # by the former interval it may have been long ago
        if order.wanted_at and timed.job not in self._by_hand and job_orders.take_wanted(job=timed.job):
            self._scheduler.add_job(partial(self._run_by_hand, timed), id=f"{timed.job} by hand", replace_existing=True)

    def _tell_late(self) -> None:
        """Send the alerts that could not be sent when their incidents began."""
        with self._app.app_context():
            alerts.post_untold(now=self._clock.now(), public_url=self._settings.public_url)

    def _plan_anew(self) -> None:
        """Run by the scheduler, since it would keep the watch's thread from its looks."""
        with self._app.app_context():
            _quietly(planning.count_anew)

    def _is_late(self, job: Job) -> bool:
        every_s = self._every[job]
        return every_s is not None and time.monotonic() - self._ran[job] > 2 * every_s + _STALLED_AFTER_S

    def _reckon_anew(self) -> None:
        """Compute the scheduler's times anew. Rescheduling wakes it, too."""
        for job, every_s in self._every.items():
            self._scheduler.reschedule_job(job, trigger=trigger(every_s))
            self._ran[job] = time.monotonic()

    def _new_scheduler(self) -> Scheduler:
        made = Scheduler(timezone="UTC", job_defaults=_SCHEDULER)
        for timed in self._timed:
            made.add_job(
                partial(self._run, timed), id=timed.job, name=timed.job, trigger=trigger(self._every[timed.job])
            )
            self._ran[timed.job] = time.monotonic()
        return made

    # --- the pipeline ---

    def _alive(self) -> None:
        """Called by the pipeline at every turn, so that the heartbeat shows that the loop itself moves."""
        self._turned = self._clock.monotonic()
        if self._beat_at is None or self._turned - self._beat_at >= _BEAT_EVERY_S:
            self._beat_at = self._turned
            self._runtime.follow_database()
            jobs.beat(
                process=self._runtime.process,
                host=socket.gethostname(),
                pid=os.getpid(),
                jobs=self.jobs,
                now=self._clock.now(),
            )


def timekeeper() -> Timekeeper | None:
    """This process's timekeeper, or None where it runs no jobs."""
    return current_app.extensions.get(_EXTENSION)


def begin(app: Flask, asking: Callable[[], int] = lambda: 0) -> Timekeeper | None:
    """Start the jobs of this process, if it has any. Called by the entry points alone.

    ``asking`` gives the number of requests being answered, to which the pipeline gives way.
    """
    keeper = Timekeeper(app, asking)
    if not keeper.jobs:
        return None
    app.extensions[_EXTENSION] = keeper
    keeper.start()
    return keeper


def _quietly(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:  # noqa: BLE001 — the log has the cause already
        _log.warning("The database could not be asked about a job, or a failed run not written down")
        return None
