"""The watch: a thread that checks once a second, by the monotonic clock, which nobody can set.

APScheduler computes its sleep from the wall clock: with that set back by a day, it would sleep for a day.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from webapp.domain.clock import Clock

_log = logging.getLogger(__name__)
LOOKS_EVERY_S = 1.0
_BELIEVED = timedelta(seconds=1)  # a clock that is corrected in small steps moves by far less between two looks
_BELIEVED_AHEAD = timedelta(days=1)


class Drift:
    """How far the wall clock was set: the time that has passed on it, less the time on the monotonic clock."""

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._at = wall(), monotonic()

    def taken(self) -> timedelta | None:
        """How far it was set since the last look; None where that is within a second."""
        (was, tick), self._at = self._at, (self._wall(), self._monotonic())
        drift = self._at[0] - was - timedelta(seconds=self._at[1] - tick)
        return drift if abs(drift) > _BELIEVED else None


class ClockRanAhead(Exception):
    """The wall clock is further ahead than time can have passed."""


class Trust:
    """Whether the clock can be trusted by code that deletes what is old by it. Once it was not, it never is again: the
    clock does not run back, even when the wall clock has been corrected."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = clock.now(), clock.passed()

    def now(self) -> datetime:
        """The present moment. Raises ClockRanAhead where, since the last trusted moment or the start, it has moved
        ahead by a day more than the time that has passed; or was so far ahead at the start, and has been set right."""
        now, passed = self._clock.now(), self._clock.passed()
        ahead = max(now - self._at[0] - timedelta(seconds=passed - self._at[1]), self._clock.ahead)
        if ahead > _BELIEVED_AHEAD:
            raise ClockRanAhead(f"The clock has run {ahead.days} days ahead; set it right and start Belfry anew.")
        self._at = now, passed
        return now


class Watch:
    """Calls each of ``looks`` once a second, until it is stopped. A look that fails does not end the watch."""

    def __init__(self, *looks: Callable[[], None], every_s: float = LOOKS_EVERY_S) -> None:
        self._looks, self._every_s = looks, every_s
        self._stopping, self._failing = Event(), False
        self._thread = Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            failed = [look for look in self._looks if not self._looked(look)]
            self._failing = bool(failed)

    def _looked(self, look: Callable[[], None]) -> bool:
        try:
            look()
        except Exception as error:  # noqa: BLE001 — such as a database that is away: the pipeline's log says more
            if not self._failing:
                _log.warning("The watch could not do all it should; it tries again each second: %r", error)
            return False
        return True
