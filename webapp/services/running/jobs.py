"""The timed jobs as people see them: what each does, its last run, and which processes run them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.database import writing
from webapp.domain.job import Job
from webapp.extensions import db
from webapp.models import job as rows
from webapp.models.job import Heartbeat, JobRun, Order

_FORGET_AFTER = timedelta(days=1)  # a process without a heartbeat for so long is no longer listed
ALIVE_WITHIN = timedelta(seconds=60)
RUNS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Run:
    """A run, or several in a row that found nothing to do (``passes``)."""

    process: str
    trigger: str
    started_at: datetime
    ended_at: datetime
    passes: int
    done: int
    failed: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Seconds between two runs (None: once a night; 0: not in this process), and how many deliveries are claimed at
    once."""

    every_s: float | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with its last run, its order, and when it is due next where that is known.

    ``every_s`` and ``batch`` are what applies: the order, or else ``usual``, the settings of this process.
    """

    name: Job
    every_s: float | None
    batch: int | None
    usual: Numbers
    order: Order
    last: Run | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Runner:
    """A process that runs jobs; ``alive``: its last heartbeat is less than a minute old."""

    host: str
    pid: int
    jobs: tuple[str, ...]
    since: datetime
    at: datetime
    alive: bool


def note_run(
    *, job: str, process: str, started_at: datetime, ended_at: datetime, counts: dict[str, int], trigger: str = "timer",
    error: str | None = None, passes: int = 1,
) -> None:  # fmt: skip
    """Write a run down. ``counts`` are deliveries (or notifications) by outcome. ``passes``: together with so many
    runs, this one included, that found nothing to do."""
    failed = counts.get("undeliverable", 0) + counts.get("retrying", 0) + counts.get("unknown", 0)
    done = sum(counts.values()) - failed
    with writing(db.session) as session:
        rows.note_run(
            session, job=job, process=process, trigger=trigger, started_at=started_at, ended_at=ended_at, done=done,
            failed=failed, error=error, passes=passes,
        )  # fmt: skip


def beat(*, process: str, host: str, pid: int, jobs: tuple[str, ...], now: datetime) -> None:
    """Write down a heartbeat of this process, which runs ``jobs``."""
    with writing(db.session) as session:
        rows.beat(
            session, process=process, host=host, pid=pid, jobs=",".join(jobs), now=now, forget=now - _FORGET_AFTER
        )


def may_run_alone(*, job: str, process: str, now: datetime, for_s: float) -> bool:
    """Take or renew the named lease on a job that only one process may run at a time, for ``for_s`` seconds. Returns
    whether this process has it."""
    with writing(db.session) as session:
        until = now + timedelta(seconds=for_s)
        return rows.take_lease(session, name=job, holder=process, now=now, until=until)


def no_longer_alone(*, job: str, process: str) -> None:
    """Give back the lease that ``may_run_alone`` took."""
    with writing(db.session) as session:
        rows.give_lease_back(session, name=job, holder=process)


def listed(*, numbers: Mapping[str, Numbers], now: datetime) -> list[JobView]:
    """The jobs by name with their last runs. ``numbers`` are those of this process's settings."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    last = {run.job: _run(run) for run in db.session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}
    ordered = rows.orders(db.session, now)
    return [_view(Job(name), usual, ordered.get(name, Order()), last.get(name), now) for name, usual in numbers.items()]


def runs(*, job: str, limit: int = RUNS_SHOWN) -> list[Run]:
    """The last runs of one job, the newest first."""
    newest = select(JobRun).where(JobRun.job == job).order_by(JobRun.id.desc()).limit(limit)
    return [_run(run) for run in db.session.scalars(newest)]


def runners(*, now: datetime) -> list[Runner]:
    """The processes that run jobs, the latest heartbeat first."""
    found = db.session.scalars(select(Heartbeat).order_by(Heartbeat.at.desc()))
    return [
        Runner(row.host, row.pid, tuple(row.jobs.split(",")), row.since, row.at, abs(now - row.at) < ALIVE_WITHIN)
        for row in found
    ]


def _run(row: JobRun) -> Run:
    return Run(row.process, row.trigger, row.started_at, row.ended_at, row.passes, row.done, row.failed, row.error)


def _view(job: Job, usual: Numbers, order: Order, last: Run | None, now: datetime) -> JobView:
    every_s, batch = order.every_s or usual.every_s, order.batch or usual.batch
    next_at = None if order.paused else _next(last, every_s, now)
    return JobView(job, every_s, batch, usual, order, last, next_at)


def _next(last: Run | None, every_s: float | None, now: datetime) -> datetime | None:
    if every_s is None:
        return _three_at_night(now)
    return max(last.ended_at + timedelta(seconds=every_s), now) if last and every_s else None


def _three_at_night(now: datetime) -> datetime:
    today = now.replace(hour=3, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
