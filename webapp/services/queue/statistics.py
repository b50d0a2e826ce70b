"""The queue in numbers, as they are at one moment."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, case, func, select, text

from webapp.database import reading
from webapp.domain.delivery_state import DeliveryState
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_S = DeliveryState
_LATELY_FAILED = text("state IN ('undeliverable', 'unknown')")  # as the index has it
_Key = TypeVar("_Key")
Rows = Sequence[Row[*tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """``deliveries`` in all, and by state; ``due`` are those that could go now, the oldest since ``oldest_due_at``,
    ``oldest_due_s`` seconds ago. ``held`` and ``failed`` (undeliverable and unknown) are by reason, ``types`` by type
    of message and state, ``media`` and ``channels`` by medium, or channel, and state; ``held_since`` is when the oldest
    held one was posted. ``failed_24_hours`` and ``failed_7_days`` are those of ``failed`` that ended so lately.
    """

    deliveries: int
    states: Mapping[str, int]
    due: int
    oldest_due_at: datetime | None
    oldest_due_s: float | None
    held: Mapping[str, int]
    held_since: datetime | None
    failed: Mapping[str, int]
    failed_24_hours: Mapping[str, int]
    failed_7_days: Mapping[str, int]
    types: Mapping[str, Mapping[str, int]]
    media: Mapping[str, Mapping[str, int]]
    channels: Mapping[str, Mapping[str, int]]


def count(*, now: datetime) -> Statistics:
    """All numbers, by four statements; they cost a pass over all deliveries."""
    with reading(db.session):
        groups, lately = _groups(), _lately(now)
        due, oldest = db.session.execute(select(func.count(), func.min(_delivery.c.due_at)).where(*_due(now))).one()
        held = [row for row in groups if row.state == _S.HELD]
        return Statistics(
            deliveries=sum(row.n for row in groups),
            states={state.value: 0 for state in DeliveryState} | _by("state", groups),
            due=due,
            oldest_due_at=oldest,
            oldest_due_s=(now - oldest).total_seconds() if oldest else None,
            held=_by("reason", held),
            held_since=min((row.since for row in held), default=None),
            failed=_by("reason", [row for row in groups if row.state in (_S.UNDELIVERABLE, _S.UNKNOWN)]),
            failed_24_hours={row.reason or "": row.day for row in lately if row.day},
            failed_7_days={row.reason or "": row.week for row in lately},
            types=_by_state("type", _types()),
            media=_by_state("medium", groups),
            channels=_by_state("channel", groups),
        )


def _groups() -> Rows:
    """How many there are of each sort, and when the first of it was posted."""
    sorts = _delivery.c.state, _delivery.c.reason, _delivery.c.medium, _channel.c.name.label("channel")
    counted = select(*sorts, func.count().label("n"), func.min(_delivery.c.created_at).label("since"))
    joined = counted.join_from(_delivery, _channel, _delivery.c.channel_id == _channel.c.id)
    return db.session.execute(joined.group_by(*sorts)).all()


def _types() -> Rows:
    sorts = _message.c.type, _delivery.c.state
    counted = select(*sorts, func.count().label("n"))
    joined = counted.join_from(_delivery, _message, _delivery.c.message_id == _message.c.id)
    return db.session.execute(joined.group_by(*sorts)).all()


def _lately(now: datetime) -> Rows:
    """What failed in the last seven days by reason, the most first, and how many of it in the last one."""
    week, day = func.count().label("week"), func.sum(case((_delivery.c.ended_at >= now - DAY, 1), else_=0)).label("day")
    failed = select(_delivery.c.reason, week, day).where(_LATELY_FAILED, _delivery.c.ended_at >= now - WEEK)
    return db.session.execute(failed.group_by(_delivery.c.reason).order_by(week.desc(), _delivery.c.reason)).all()


def _by(name: str, rows: Rows) -> dict[str, int]:
    """How many of each, the most first."""
    counted = _total((getattr(row, name) or "", row.n) for row in rows)
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _by_state(name: str, rows: Rows) -> dict[str, dict[str, int]]:
    """How many of each in each state, in the order of the names."""
    counted = _total(((getattr(row, name), row.state), row.n) for row in rows)
    told: dict[str, dict[str, int]] = {}
    for (of, state), n in sorted(counted.items()):
        told.setdefault(of, {})[state] = n
    return told


def _total(counted: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    total = Counter[_Key]()
    for key, n in counted:
        total[key] += n
    return total


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _delivery.c.state.in_([_S.QUEUED.value, _S.RETRYING.value]), _delivery.c.due_at <= now
