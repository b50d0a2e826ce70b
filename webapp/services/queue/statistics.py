"""The queue in numbers, as they are at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from webapp.database import reading
from webapp.domain.delivery_state import DeliveryState
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.message import Message

_delivery, _message = table_of(Delivery), table_of(Message)
_S = DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """``deliveries`` in all, and by state; ``due`` are those that could go now, the oldest since ``oldest_due_at``,
    ``oldest_due_s`` seconds ago. ``held`` and ``failed`` (undeliverable and unknown) are by reason, ``types`` by type
    of message and state, ``media`` by medium and state; ``held_since`` is when the oldest held one was posted.
    """

    deliveries: int
    states: Mapping[str, int]
    due: int
    oldest_due_at: datetime | None
    oldest_due_s: float | None
    held: Mapping[str, int]
    held_since: datetime | None
    failed: Mapping[str, int]
    types: Mapping[str, Mapping[str, int]]
    media: Mapping[str, Mapping[str, int]]


def count(*, now: datetime) -> Statistics:
    """All numbers; they cost a pass over all deliveries."""
    with reading(db.session):
        states = _by(_delivery.c.state)
        due, oldest = db.session.execute(select(func.count(), func.min(_delivery.c.due_at)).where(*_due(now))).one()
        return Statistics(
            deliveries=sum(states.values()),
            states={state.value: states.get(state, 0) for state in DeliveryState},
            due=due,
            oldest_due_at=oldest,
            oldest_due_s=(now - oldest).total_seconds() if oldest else None,
            held=_by(_delivery.c.reason, _in(_S.HELD)),
            held_since=db.session.scalar(select(func.min(_delivery.c.created_at)).where(_in(_S.HELD))),
            failed=_by(_delivery.c.reason, _in(_S.UNDELIVERABLE, _S.UNKNOWN)),
            types=_by_type(),
            media=_by_medium(),
        )


def _by(column: ColumnElement[Any], *where: ColumnElement[bool]) -> dict[str, int]:
    """How many of each, the most first."""
    counted = select(column, func.count()).where(*where).group_by(column).order_by(func.count().desc(), column)
    return {value or "": n for value, n in db.session.execute(counted)}


def _by_type() -> dict[str, dict[str, int]]:
    joined = _delivery.join(_message, _delivery.c.message_id == _message.c.id)
    columns = _message.c.type, _delivery.c.state
    types: dict[str, dict[str, int]] = {}
    counted = select(*columns, func.count()).select_from(joined).group_by(*columns).order_by(*columns)
    for type_, state, n in db.session.execute(counted):
        types.setdefault(type_, {})[state] = n
    return types


def _by_medium() -> dict[str, dict[str, int]]:
    columns = _delivery.c.medium, _delivery.c.state
    media: dict[str, dict[str, int]] = {}
    for medium, state, n in db.session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns)):
        media.setdefault(medium, {})[state] = n
    return media


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _in(_S.QUEUED, _S.RETRYING), _delivery.c.due_at <= now


def _in(*states: DeliveryState) -> ColumnElement[bool]:
    return _delivery.c.state.in_([state.value for state in states])
