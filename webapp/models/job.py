"""The timed jobs: their settings, runs and leases, which processes are alive, and the counters per minute."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models._columns import LedgerKey


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
