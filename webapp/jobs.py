"""The timetable: what this process does by the clock, under APScheduler, and the resident pipeline that it wakes.

Starts only when serving. The scheduler may trigger; the database says what is due. Each job is one call.
"""

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app

from webapp.config import Settings
from webapp.database import fault_of
from webapp.delivery.lot import Kind
from webapp.delivery.resident import Resident
from webapp.domain import signals
from webapp.runtime import engine, runtime
from webapp.services import jobs, truncation

_log = logging.getLogger(__name__)
_EXTENSION = "belfry.timekeeper"
_BEAT_EVERY_S = 5.0
_ALONE_FOR_S = 3600.0  # the longest that a truncation is waited for before another process takes it over
_BELIEVED_AHEAD = timedelta(days=1)
# Every process counts its intervals from here, so that all look at the same moments: otherwise whoever happened to
# look first would have sent most of a burst before the others saw it.
_IN_STEP = datetime(2000, 1, 1, tzinfo=UTC)
# One late run instead of many, never two at once, and none dropped for being a little late.
_SCHEDULER = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60}


class ClockRanAhead(Exception):
    """The wall clock is further ahead than time can have passed."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A row of the timetable: how often in seconds (None: at three in the night, UTC) and what is called."""

    name: str
    sentence: str
    every_s: Callable[[Settings], float | None]
    run: "Callable[[Timekeeper], dict[str, int]]"


TIMETABLE: tuple[Timed, ...] = (
    Timed(
        "dispatcher",
        "Makes the first try of everything that is due.",
        lambda settings: settings.dispatch_every,
        lambda keeper: keeper.wake(Kind.FRESH),
    ),
    Timed(
        "resender",
        "Tries again what failed for the time being, and frees what a dead process held.",
        lambda settings: settings.resend_every,
        lambda keeper: keeper.wake(Kind.LATER),
    ),
    Timed(
        "truncation",
        "Forgets what is older than it is kept for.",
        lambda _settings: None,
        lambda keeper: keeper.truncate(),
    ),
)


class Timekeeper:
    """The scheduler and the pipeline of one serving process."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            self._runtime = runtime()
        self._app, self._settings, self._clock = app, self._runtime.settings, self._runtime.clock
        self.jobs = tuple(timed.name for timed in TIMETABLE if _runs_here(timed, self._settings))
        self._started = self._turned = self._clock.monotonic()
        self._beat_at: float | None = None
        self._started_at = self._clock.now()
        self._resident = Resident(engine(app), alive=self._alive)
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults=_SCHEDULER)

    def start(self) -> None:
        """Begin; an immediate post, and what a person sends again or retries, in this process is taken up at once."""
        self._resident.start()
        for timed in TIMETABLE:
            if timed.name in self.jobs:
                self._scheduler.add_job(partial(self._run, timed), id=timed.name, **_trigger(timed, self._settings))
        self._scheduler.start()
        if Kind.FRESH in self.jobs:
            signals.posted.connect(self._on_posted)
            signals.sent_again.connect(self._on_sent_again)
        if Kind.LATER in self.jobs:
            signals.retried_now.connect(self._on_retried_now)

    def stop(self) -> None:
        """No new runs; what is in flight is finished or given back within the grace."""
        signals.posted.disconnect(self._on_posted)
        signals.sent_again.disconnect(self._on_sent_again)
        signals.retried_now.disconnect(self._on_retried_now)
        self._scheduler.shutdown(wait=False)
        self._resident.stop()

    def wake(self, kind: Kind) -> dict[str, int]:
        """Wake the pipeline for a kind. Gives what it has written down for that kind since the last time."""
        self._resident.wake(kind)
        return self._resident.take_counts(kind)

    def truncate(self) -> dict[str, int]:
        """Truncate, unless another process does. Raises ClockRanAhead: what seems old may be from yesterday."""
        now = self._clock.now()
        ahead = now - self._started_at - timedelta(seconds=self.uptime_s)
        if ahead > _BELIEVED_AHEAD:
            raise ClockRanAhead(f"The clock has run {ahead.days} days ahead; set it right and start Belfry anew.")
        if not jobs.may_run_alone(job="truncation", process=self._runtime.process, now=now, for_s=_ALONE_FOR_S):
            return {}
        return {"forgotten": truncation.truncate(now=now, keep_months=self._settings.keep_months).notifications}

    @property
    def uptime_s(self) -> float:
        """Seconds since the start."""
        return self._clock.monotonic() - self._started

    @property
    def turned_s_ago(self) -> float:
        """Seconds since the pipeline last took a turn."""
        return self._clock.monotonic() - self._turned

    def _run(self, timed: Timed) -> None:
        """One run, written down with what came of it. A failed one must not stop the timetable."""
        started_at = self._clock.now()
        note = partial(jobs.note_run, job=timed.name, process=self._runtime.process, started_at=started_at)
        with self._app.app_context():
            try:
                note(counts=timed.run(self), ended_at=self._clock.now())
            except Exception as error:  # noqa: BLE001 — such as a database that is away
                _log.exception("The job %s failed", timed.name)
                said = f"{type(error).__name__}: {fault_of(error)}"
                _quietly(partial(note, counts={}, ended_at=self._clock.now(), error=said))

    def _alive(self) -> None:
        """Called by the pipeline at every turn: its heartbeat shows that the loop itself moves."""
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

    def _on_posted(self, _sender: object = None, *, immediate: bool, **_more: Any) -> None:
        if immediate:
            self._resident.wake(Kind.FRESH)

    def _on_sent_again(self, _sender: object = None, **_more: Any) -> None:
        self._resident.wake(Kind.FRESH)

    def _on_retried_now(self, _sender: object = None, **_more: Any) -> None:
        self._resident.wake(Kind.LATER)


def timekeeper() -> Timekeeper | None:
    """This process's timekeeper, or None where it runs no jobs."""
    return current_app.extensions.get(_EXTENSION)


def begin(app: Flask) -> Timekeeper | None:
    """Start what this process runs by the clock, if it runs anything. Called by the serving entry alone."""
    keeper = Timekeeper(app)
    if not keeper.jobs:
        return None
    app.extensions[_EXTENSION] = keeper
    keeper.start()
    return keeper


def _runs_here(timed: Timed, settings: Settings) -> bool:
    """An interval of 0 means: not in this process."""
    return timed.name in settings.jobs and timed.every_s(settings) != 0


def _trigger(timed: Timed, settings: Settings) -> dict[str, Any]:
    every_s = timed.every_s(settings)
    if every_s is None:
        return {"trigger": "cron", "hour": 3}
    return {"trigger": "interval", "seconds": every_s, "start_date": _IN_STEP}


def _quietly(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001 — the log has the cause already
        _log.warning("The failed run could not be written down")
