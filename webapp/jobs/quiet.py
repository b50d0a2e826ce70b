"""Quiet: runs that found nothing to do are written down together, so that an idle Belfry leaves its disk alone.

On SQLite each commit also wakes the processes that listen for what others write.
"""

from collections import Counter
from collections.abc import Callable

from webapp.domain.job import Job

NOTED_EVERY_S = 10.0


class Quiet:
    """Counts the runs of each job that found nothing and are not written down yet."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._untold: Counter[Job] = Counter()
        self._noted: dict[Job, float] = {}

    def passes(self, job: Job, *, idle: bool) -> int:
        """How many runs are to be written down now, this one being the last of them; 0 for none yet. A run that found
        something is written down at once, and so is the first after it that found nothing."""
        if not idle:
            self._noted.pop(job, None)
            return 1
        self._untold[job] += 1
        now = self._monotonic()
        if now - self._noted.get(job, -NOTED_EVERY_S) < NOTED_EVERY_S:
            return 0
        self._noted[job] = now
        return self._untold.pop(job)
