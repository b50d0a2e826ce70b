"""The timed jobs: their settings, runs and leases, which processes are alive, and the counters per minute."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, String, Text, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import LedgerKey, insert_or, table_of


class Job(db.Model):
    """An administrator's orders for a job. Without a row, or where a column is None, the settings apply."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    every_s: Mapped[float | None]
    batch: Mapped[int | None]
    paused_reason: Mapped[str | None] = mapped_column(String(200))
    paused_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None] = mapped_column(String(60))
    wanted_at: Mapped[datetime | None]  # a person asked for a run; the process that makes it takes this away


class JobRun(db.Model):
    """One run of a job in one process. Runs in a row that found nothing to do share a row, which counts them in
    ``passes``."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_job_id", "job", "id"),)

    id: Mapped[LedgerKey]
    job: Mapped[str] = mapped_column(String(30))
    process: Mapped[str] = mapped_column(String(100))
    trigger: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    passes: Mapped[int] = mapped_column(default=1)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


class JobLease(db.Model):
    """Who may run something that must run only once at a time."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]


class Heartbeat(db.Model):
    """One process that runs jobs, and when it was last alive."""

    __tablename__ = "heartbeat"

    process: Mapped[str] = mapped_column(String(100), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    jobs: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
    at: Mapped[datetime]


class MinuteCount(db.Model):
    """How many deliveries reached a state in one minute, so that charts never count raw rows."""

    __tablename__ = "minute_count"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(primary_key=True, default=0)
    channel_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(15), primary_key=True)
    n: Mapped[int]


@dataclass(frozen=True, slots=True)
class Order:
    """An administrator's orders for one job. ``paused_…`` are None where it is not paused now."""

    every_s: float | None = None
    batch: int | None = None
    paused_reason: str | None = None
    paused_until: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str | None = None
    wanted_at: datetime | None = None

    @property
    def paused(self) -> bool:
        """Whether it must not run."""
        return self.paused_reason is not None


_ORDERS = select(table_of(Job))


def orders(session: Session, now: datetime) -> dict[str, Order]:
    """The orders for each job that has any. A pause ends by itself when its time has come."""
    return {row.name: _order(row, now) for row in session.execute(_ORDERS)}


def change_order(session: Session, name: str, **values: Any) -> None:
    """Change the orders for a job."""
    table = table_of(Job)
    change = insert_or(session)(table).values(name=name, **values)
    session.execute(change.on_conflict_do_update(index_elements=["name"], set_=values))


def take_wanted(session: Session, name: str) -> bool:
    """Take on the run that a person has asked for, if one has; only one of several processes gets True."""
    table = table_of(Job)
    wanted = (table.c.name == name) & table.c.wanted_at.is_not(None)
    return session.scalar(update(table).where(wanted).values(wanted_at=None).returning(table.c.name)) is not None


def _order(row: Any, now: datetime) -> Order:
    over = row.paused_reason is None or (row.paused_until is not None and row.paused_until <= now)
    numbers = {"every_s": row.every_s, "batch": row.batch, "wanted_at": row.wanted_at}
    pause = {name: getattr(row, name) for name in ("paused_reason", "paused_until", "paused_at", "paused_by")}
    return Order(**numbers, **({} if over else pause))


def note_run(
    session: Session,
    *,
    job: str,
    process: str,
    trigger: str,
    started_at: datetime,
    ended_at: datetime,
    done: int,
    failed: int,
    error: str | None,
    passes: int = 1,
) -> None:
    """Write down a run; or ``passes`` runs that found nothing to do, which are added to the last row if that is such a
    one, too."""
    last = session.scalar(
        select(JobRun).where(JobRun.job == job, JobRun.process == process).order_by(JobRun.id.desc()).limit(1)
    )
    idle = not (done or failed or error)
    if idle and last and last.trigger == trigger and not (last.done or last.failed or last.error):
        last.passes, last.ended_at = last.passes + passes, ended_at
        return
    session.add(
        JobRun(
            job=job, process=process, trigger=trigger, started_at=started_at, ended_at=ended_at, done=done,
            failed=failed, error=error, passes=passes,
        )
    )  # fmt: skip


def beat(session: Session, *, process: str, host: str, pid: int, jobs: str, now: datetime, forget: datetime) -> None:
    """Say that a process is alive; forget those that have not been since ``forget``, and those that were so far ahead
    of ``now``: by a clock that has since gone back."""
    session.execute(delete(Heartbeat).where(or_(Heartbeat.at < forget, Heartbeat.at > now + (now - forget))))
    known = session.get(Heartbeat, process)
    if known:
        known.at, known.jobs = now, jobs  # a container starts again under its old name, maybe with other jobs
    else:
        session.add(Heartbeat(process=process, host=host, pid=pid, jobs=jobs, since=now, at=now))


def take_lease(session: Session, *, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take, or keep, the right to run what must run only once at a time. Returns whether we have it now."""
    ours = {"holder": holder, "until": until}
    lease = table_of(JobLease)
    free = (lease.c.holder == holder) | ~_is_taken(now, until - now)
    taken = insert_or(session)(lease).values(name=name, **ours)
    taken = taken.on_conflict_do_update(index_elements=["name"], set_=ours, where=free)
    return session.scalar(taken.returning(lease.c.name)) is not None


def taken_leases(session: Session, names: Collection[str], *, now: datetime, lasts: timedelta) -> Collection[str]:
    """Those of these names whose lease somebody holds; such a lease ``lasts`` that long."""
    lease = table_of(JobLease)
    return session.scalars(select(lease.c.name).where(lease.c.name.in_(names), _is_taken(now, lasts))).all()


def _is_taken(now: datetime, lasts: timedelta) -> ColumnElement[bool]:
    """A lease further ahead than twice its length was taken under a clock that has since gone back."""
    until = table_of(JobLease).c.until
    return (until > now) & (until <= now + 2 * lasts)


def give_lease_back(session: Session, *, name: str, holder: str) -> None:
    """Release the lease, so that others can take it at once. One that another has taken over meanwhile stays theirs."""
    session.execute(delete(JobLease).where(JobLease.name == name, JobLease.holder == holder))
