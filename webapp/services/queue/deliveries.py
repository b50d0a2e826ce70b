"""Deliveries for operators' commands: the queue's rows, and one delivery in full."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from webapp.domain.blanks import filled, filled_html
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.ids import is_id
from webapp.domain.refusal import Missing, Refused
from webapp.domain.text import storable
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope
from webapp.models.message import Message
from webapp.models.provider import Provider
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.services._courses import provider_name, with_recipients

_delivery, _user, _envelope, _body = table_of(Delivery), table_of(User), table_of(Envelope), table_of(Body)
_attempt, _move, _provider = table_of(Attempt), table_of(Move), table_of(Provider)
_message, _subscriber = table_of(Message), table_of(Subscriber)
MOST_LISTED = 10_000  # deliveries listed at once, unless more are asked for


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery. ``attempts`` counts its counted tries. ``recipient`` is a username or, for ``webhook``, a
    subscriber's name; ``provider`` is the last one tried."""

    id: str
    message: str
    state: str
    reason: str | None
    medium: str
    recipient: str
    address: str | None
    attempts: int
    retries_left: int
    failed_at: datetime | None
    due_at: datetime
    last_error: str | None
    provider: str | None


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How many deliveries of one type of message are in one state."""

    type: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery with its envelope, the last decision on it, its tries and its moves, each oldest first."""

    delivery: DeliveryRow
    envelope: dict[str, Any] | None
    decided: dict[str, Any] | None
    attempts: list[dict[str, Any]]
    moves: list[dict[str, Any]]


def listed(*, states: Collection[str] = (), message: str | None = None, limit: int = MOST_LISTED) -> list[DeliveryRow]:
    """The ``limit`` oldest deliveries, oldest first, in these states and of one message where given. Raises Refused for
    an unknown state."""
    query = _rows().where(*_wanted(states, message)).order_by(_delivery.c.id).limit(limit)
    return [DeliveryRow(**row) for row in db.session.execute(query).mappings()]


def by_type(*, states: Collection[str] = (), message: str | None = None) -> list[TypeCount]:
    """How many deliveries there are in each of these states, by type of message; the largest number first."""
    columns = _message.c.type, _delivery.c.state, func.count().label("count")
    joined = select(*columns).join_from(_delivery, _message, _delivery.c.message_id == _message.c.id)
    counted = joined.where(*_wanted(states, message)).group_by(_message.c.type, _delivery.c.state)
    return [
        TypeCount(*row)
        for row in db.session.execute(counted.order_by(_message.c.type, func.count().desc(), _delivery.c.state))
    ]


def get(*, id: str) -> DeliveryDetail:
    """One delivery with all that is known of it. Raises Missing."""
    row = db.session.execute(_rows().where(_delivery.c.id == id)).mappings().first() if is_id(id) else None
    if row is None:
        raise Missing({"id": f"There is no delivery {storable(id, longest=40)}."})
    moves = _dicts(select(_move).where(_move.c.delivery_id == id).order_by(_move.c.id), "delivery_id")
    envelope_ids = {move["envelope_id"] for move in moves if move["envelope_id"]}
    tries = select(_attempt, _provider.c.name.label("provider")).outerjoin(
        _provider, _attempt.c.provider_id == _provider.c.id
    )
    attempts = _dicts(tries.where(_attempt.c.envelope_id.in_(envelope_ids)).order_by(_attempt.c.id), "provider_id")
    return DeliveryDetail(DeliveryRow(**row), _envelope_of(id), _decided(id), attempts, moves)


def _wanted(states: Collection[str], message: str | None) -> list[ColumnElement[bool]]:
    for state in states:
        if state not in list(DeliveryState):
            raise Refused({"state": f"One of {', '.join(DeliveryState)}, please, not “{state[:30]}”."})
    named = [_delivery.c.state.in_(states)] if states else []
    return [*named, *([_delivery.c.message_id == storable(message, longest=26)] if message is not None else [])]


def _rows() -> Select[Any]:
    counted = (
        select(func.count())
        .where(_attempt.c.envelope_id == _delivery.c.envelope_id, _attempt.c.counted)
        .correlate(_delivery)
        .scalar_subquery()
    )
    joined = with_recipients(_delivery).outerjoin(_envelope, _delivery.c.envelope_id == _envelope.c.id)
    names = ("id", "state", "reason", "medium", "retries_left", "failed_at", "due_at", "last_error")
    return select(
        *(_delivery.c[name] for name in names),
        _delivery.c.message_id.label("message"),
        func.coalesce(_user.c.username, _subscriber.c.name).label("recipient"),
        func.coalesce(_envelope.c.address, _address()).label("address"),
        counted.label("attempts"),
        provider_name().label("provider"),
    ).select_from(joined)


def _address() -> ColumnElement[str | None]:
    """The address to which the next envelope would go."""
    phone = case((_user.c.phone_verified_at.is_not(None), _user.c.phone))
    return case((_delivery.c.medium == "sms", phone), else_=_user.c.email)


def _envelope_of(id: str) -> dict[str, Any] | None:
    joined = _delivery.join(_envelope, _delivery.c.envelope_id == _envelope.c.id).join(
        _body, _envelope.c.body_id == _body.c.id
    )
    wanted = select(
        *(_envelope.c[name] for name in ("id", "address", "created_at", "replaces", "variables")),
        *(_body.c[name] for name in ("subject", "text", "html")),
        *(_envelope.c[name] for name in ("far_status", "far_code", "far_words", "far_at")),
    )  # fmt: skip
    row = db.session.execute(wanted.select_from(joined).where(_delivery.c.id == id)).mappings().first()
    return _filled(row) if row else None


def _filled(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The texts as they were sent, without the reader's personal unsubscribe link."""
    own = {**row["variables"], "unsubscribe": "…"}
    texts = {"text": filled(row["text"], own), "html": row["html"] and filled_html(row["html"], own)}
    return {name: texts.get(name, value) for name, value in row.items() if name != "variables"}


def _decided(id: str) -> dict[str, Any] | None:
    """The last decision and its time, without the facts: ``explain`` shows those."""
    kept = db.session.scalar(select(_delivery.c.evidence).where(_delivery.c.id == id))
    if not kept or "facts" not in kept:
        return None
    at = datetime.fromisoformat(kept["facts"]["now"])
    return {"action": kept["action"], "reason": kept["reason"], "at": at}


def _dicts(statement: Select[Any], *without: str) -> list[dict[str, Any]]:
    rows = db.session.execute(statement).mappings()
    return [{key: value for key, value in row.items() if key not in without} for row in rows]
