"""Whether this process works: the database answers, its dispatcher is alive, and nothing due waits too long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.database import reading
from webapp.delivery.routes import media_routes
from webapp.domain.job import Job
from webapp.domain.medium import FOR_PEOPLE, Medium
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.job import Heartbeat, orders
from webapp.models.subscriber import Subscriber
from webapp.services.running.jobs import ALIVE_WITHIN

HEARTBEAT_LIMIT_S = 60.0
START_GRACE_S = 60.0
_TRIED_BY = {"queued": Job.DISPATCHER, "retrying": Job.RESENDER}


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds; None where there is nothing to measure. ``problems`` are sentences, empty where all is well."""

    ok: bool
    database: str
    dispatcher_heartbeat_age: float | None
    oldest_due_age: float | None
    oldest_held_age: float | None
    paused: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the database says. ``waiting``: for each state that should go out, the age of its oldest delivery.
    ``prompt``: the same without providers that keep to a pace or rest, and without subscribers, since those take their
    own time."""

    heartbeat: float | None
    waiting: Mapping[str, float]
    prompt: Mapping[str, float]
    paused: tuple[str, ...]

    @property
    def due(self) -> float | None:
        """How long the oldest delivery has been due."""
        return max((age for state, age in self.waiting.items() if state in _TRIED_BY), default=None)

    @property
    def late(self) -> float:
        """The same for deliveries that nothing holds up on purpose: no pause by an administrator, no rest or pace of a
        provider."""
        tried = (age for state, age in self.prompt.items() if _TRIED_BY.get(state, "") not in ("", *self.paused))
        return max(tried, default=0)

    @property
    def held(self) -> float | None:
        """How long the oldest held delivery has been due."""
        return self.waiting.get("held")


def check(
    *, now: datetime, dispatches: bool, uptime_s: float, turned_s_ago: float | None, oldest_due_s: float,
    oldest_held_s: float,
) -> Health:  # fmt: skip
    """This process's health. ``dispatches``: whether it runs the dispatcher; ``turned_s_ago``: when its pipeline last
    turned.

    The heartbeat and the oldest deliveries are those of all processes. Everybody is told them, but only a process that
    dispatches is unhealthy for them: if one has been due, or held, for longer than ``oldest_due_s`` or
    ``oldest_held_s``.
    """
    try:
        found = _measure(now)
    except SQLAlchemyError as error:
        return Health(False, "away", None, None, None, (), (f"The database does not answer: {type(error).__name__}.",))
    problems = []
    if dispatches and uptime_s > START_GRACE_S:
        if turned_s_ago is None or turned_s_ago > HEARTBEAT_LIMIT_S:
            problems.append("The dispatcher of this process does not move.")
        if found.late > oldest_due_s:
            problems.append(f"A delivery has been due for {found.late:.0f} s.")
        if found.held and found.held > oldest_held_s:
            problems.append(f"A delivery has been held for {found.held:.0f} s.")
    return Health(not problems, "ok", found.heartbeat, found.due, found.held, found.paused, tuple(problems))


def _measure(now: datetime) -> Measured:
    with reading(db.session) as session:
        believed = Heartbeat.at <= now + ALIVE_WITHIN  # others are of a clock that has since gone back
        beat = session.scalar(select(func.max(Heartbeat.at)).where(Heartbeat.jobs.contains(Job.DISPATCHER), believed))
        waits = {medium for medium, route in media_routes(session).items() if route.keeps_waiting(now)}
        slow = waits | {Medium.WEBHOOK}
        lines = {state: _oldest(session, state) for state in _TRIED_BY}
        held = session.scalar(select(func.min(Delivery.due_at)).where(*_to_people("held")))
        paused = tuple(sorted(name for name, order in orders(session, now).items() if order.paused))
    waiting = {state: min(line.values(), default=None) for state, line in lines.items()} | {"held": held}
    prompt = {
        state: min((at for medium, at in line.items() if medium not in slow), default=None)
        for state, line in lines.items()
    }
    return Measured(_age(beat, now), _ages(waiting, now), _ages(prompt, now), paused)


def _oldest(session: Session, state: str) -> dict[str, datetime]:
    """The earliest due time in this state for each medium; by the index, so its cost does not grow with the queue."""
    oldest = select(func.min(Delivery.due_at))
    firsts = [oldest.where(*_to_people(state), Delivery.medium == medium) for medium in FOR_PEOPLE]
    its = oldest.where(_is(state), Delivery.subscriber_id == Subscriber.id).correlate(Subscriber).scalar_subquery()
    firsts.append(select(func.min(its)).select_from(Subscriber))
    row = session.execute(select(*(first.scalar_subquery() for first in firsts))).one()
    return {medium: at for medium, at in zip((*FOR_PEOPLE, Medium.WEBHOOK.value), row, strict=True) if at}


def _to_people(state: str) -> tuple[ColumnElement[bool], ...]:
    """Without subscribers: what is held for one waits for somebody who has switched it off on purpose."""
    return _is(state), Delivery.subscriber_id.is_(None)


def _is(state: str) -> ColumnElement[bool]:
    return Delivery.state == literal_column(f"'{state}'")


def _ages(oldest: Mapping[str, datetime | None], now: datetime) -> dict[str, float]:
    return {state: age for state, at in oldest.items() if at and (age := _age(at, now)) is not None and age >= 0}


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round((now - at).total_seconds(), 3)
