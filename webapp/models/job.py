"""The timed jobs: their settings, runs and leases, which processes are alive, and the counters per minute."""

from datetime import datetime

from sqlalchemy import Index, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import LedgerKey, insert_or, table_of


class Job(db.Model):
    """What an administrator changed about a job; no row means the settings' values."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    every_s: Mapped[float | None]
    batch: Mapped[int | None]
    paused_reason: Mapped[str | None] = mapped_column(String(200))
    paused_until: Mapped[datetime | None]


class JobRun(db.Model):
    """One run of a job in one process; runs that found nothing to do are one row that counts its ``passes``."""

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
    """Who may run what must run only once at a time."""

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
) -> None:
    """Write a run down. One that found nothing to do, after another such, only counts that one's passes up."""
    last = session.scalar(
        select(JobRun).where(JobRun.job == job, JobRun.process == process).order_by(JobRun.id.desc()).limit(1)
    )
    idle = not (done or failed or error)
    if idle and last and last.trigger == trigger and not (last.done or last.failed or last.error):
        last.passes, last.ended_at = last.passes + 1, ended_at
        return
    session.add(
        JobRun(
            job=job, process=process, trigger=trigger, started_at=started_at, ended_at=ended_at, done=done,
            failed=failed, error=error,
        )
    )  # fmt: skip


def beat(session: Session, *, process: str, host: str, pid: int, jobs: str, now: datetime, forget: datetime) -> None:
    """Say that a process is alive; forget those that have not been since ``forget``."""
    session.execute(delete(Heartbeat).where(Heartbeat.at < forget))
    known = session.get(Heartbeat, process)
    if known:
        known.at, known.jobs = now, jobs  # a container starts again under its old name, maybe with other jobs
    else:
        session.add(Heartbeat(process=process, host=host, pid=pid, jobs=jobs, since=now, at=now))


def take_lease(session: Session, *, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take, or keep, the right to run what runs only once at a time. Gives whether it is ours now."""
    ours = {"holder": holder, "until": until}
    lease = table_of(JobLease)
    free = (lease.c.holder == holder) | (lease.c.until <= now)
    taken = insert_or(session)(lease).values(name=name, **ours)
    taken = taken.on_conflict_do_update(index_elements=["name"], set_=ours, where=free)
    return session.scalar(taken.returning(lease.c.name)) is not None
