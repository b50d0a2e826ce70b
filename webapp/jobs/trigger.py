"""When a job runs next: once a night, or every so many seconds at moments that all processes share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

# Every process counts its intervals from here, so that all look at the same moments: otherwise the one that happened to
# look first would have sent most of a burst before the others saw it.
_IN_STEP = datetime(2000, 1, 1, tzinfo=UTC)
_LEAST = timedelta(microseconds=1)


class Every(BaseTrigger):
    """The next of the shared moments.

    APScheduler's own trigger steps through every moment in between: with a clock set ahead by years, that would cost
    minutes of work and gigabytes of memory.
    """

    def __init__(self, seconds: float) -> None:
        self._step = max(timedelta(seconds=seconds), _LEAST)

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> Any:
        """Always later than ``now``; the previous time does not count."""
        return _IN_STEP + ((now - _IN_STEP) // self._step + 1) * self._step


def trigger(every_s: float | None) -> BaseTrigger:
    """Every so many seconds; None: at three in the night, UTC."""
    return CronTrigger(hour=3, timezone=UTC) if every_s is None else Every(every_s)
