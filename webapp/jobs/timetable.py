"""The timetable: which jobs there are, how often each runs in this process unless ordered otherwise, and what it
does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.config import Settings
from webapp.delivery.lot import Kind
from webapp.domain.job import Job
from webapp.services.running.jobs import Numbers

if TYPE_CHECKING:
    from webapp.jobs.keeper import Timekeeper


@dataclass(frozen=True, slots=True)
class Timed:
    """A row of the timetable. ``kind`` is the kind of tries that it makes; None for a job that runs once a night."""

    job: Job
    kind: Kind | None
    numbers: Callable[[Settings], Numbers]
    run: "Callable[[Timekeeper], dict[str, int]]"


TIMETABLE: tuple[Timed, ...] = (
    Timed(
        Job.DISPATCHER,
        Kind.FRESH,
        lambda settings: Numbers(settings.dispatch_every, settings.dispatch_batch),
        lambda keeper: keeper.wake(Kind.FRESH),
    ),
    Timed(
        Job.RESENDER,
        Kind.LATER,
        lambda settings: Numbers(settings.resend_every, settings.resend_batch),
        lambda keeper: keeper.wake(Kind.LATER),
    ),
    Timed(
        Job.TRUNCATION,
        None,
        lambda _settings: Numbers(None, None),
        lambda keeper: keeper.truncate(),
    ),
)


def numbers(settings: Settings) -> dict[str, Numbers]:
    """The interval and the batch of each job, by its name, from the settings."""
    return {timed.job.value: timed.numbers(settings) for timed in TIMETABLE}


def runs_here(timed: Timed, settings: Settings) -> bool:
    """Whether this process runs it: an interval of 0 means no."""
    return timed.job in settings.jobs and timed.numbers(settings).every_s != 0
