"""Whether this process does its work: the database answers, its dispatcher is alive, nothing due waits too long."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.database import reading
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.job import Heartbeat

HEARTBEAT_LIMIT_S = 60.0
OLDEST_DUE_LIMIT_S = 300.0
START_GRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds; None where there is nothing to measure. ``problems`` are sentences, empty where all is well."""

    ok: bool
    database: str
    dispatcher_heartbeat_age: float | None
    oldest_due_age: float | None
    problems: tuple[str, ...]


def check(*, now: datetime, dispatches: bool, uptime_s: float, turned_s_ago: float | None) -> Health:
    """This process's health. ``dispatches``: whether it runs the dispatcher; ``turned_s_ago``: its pipeline's age.

    The fleet's heartbeat and oldest due delivery are told to everybody but turn only a process red that dispatches.
    """
    try:
        beat, due = _measure(now)
    except SQLAlchemyError as error:
        return Health(False, "away", None, None, (f"The database does not answer: {type(error).__name__}.",))
    problems = []
    if dispatches and uptime_s > START_GRACE_S:
        if turned_s_ago is None or turned_s_ago > HEARTBEAT_LIMIT_S:
            problems.append("The dispatcher of this process does not move.")
        if due is not None and due > OLDEST_DUE_LIMIT_S:
            problems.append(f"A delivery has been due for {due:.0f} s.")
    return Health(not problems, "ok", beat, due, tuple(problems))


def _measure(now: datetime) -> tuple[float | None, float | None]:
    """How long ago any dispatcher gave a sign of life, and how long the oldest due delivery has been due."""
    with reading(db.session) as session:
        beat = session.scalar(select(func.max(Heartbeat.at)).where(Heartbeat.jobs.contains("dispatcher")))
        due = [
            session.scalar(select(func.min(Delivery.due_at)).where(Delivery.state == literal_column(f"'{state}'")))
            for state in ("queued", "retrying")
        ]
    oldest = min((at for at in due if at), default=None)
    return _age(beat, now), None if oldest is None or oldest > now else _age(oldest, now)


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round((now - at).total_seconds(), 3)
