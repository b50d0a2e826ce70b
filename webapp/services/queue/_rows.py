"""The queue as an operator looks through it: pages of rows, newest first, counts, and snapshots of ids."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, select, tuple_

from webapp.domain.bounded import Bounded
from webapp.domain.cursor import Cursor
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.ids import is_id
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Envelope
from webapp.models.message import Message
from webapp.services._courses import RECIPIENT, provider_name, with_recipients
from webapp.services.queue._filters import Filters, Tab, by_end, conditions

PAGE = 25  # rows
MOST = 10_000  # where counting stops, and how many ids one snapshot holds

_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_envelope, _move = table_of(Envelope), table_of(Move)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One delivery. ``failures`` of ``allowed`` tries have failed in this generation; the next is at ``due_at``.

    ``subject`` and ``type`` are the message's; ``address`` is the envelope's, where there is one yet; ``provider`` the
    name of the one tried last. ``subscriber`` is the id of the one that it is for, where that is no person.
    """

    id: str
    message_id: str
    subject: str
    type: str
    channel: str
    medium: str
    recipient: Who
    address: str | None
    provider: str | None
    state: DeliveryState
    reason: Reason | None
    last_error: str | None
    generation: int
    failures: int
    retries_left: int
    created_at: datetime
    failed_at: datetime | None
    due_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    subscriber: int | None = None

    @property
    def allowed(self) -> int:
        """How many tries there are in all, in this generation."""
        return self.failures + self.retries_left


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first; ``older`` is the cursor of the next page, None on the last one."""

    rows: tuple[QueueRow, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many on a medium are held for one reason."""

    reason: Reason | None
    medium: str
    count: int


def newest(*, filters: Filters, cursor: str | None = None, limit: int = PAGE) -> Page:
    """At most ``limit`` rows behind the cursor: the last to end first, or to be posted where they have not ended.

    Raises Missing for a cursor that never was.
    """
    where = conditions(filters)
    if cursor:
        where.append(_behind(Cursor.read(cursor), filters))
    found = db.session.execute(_rows().where(*where).order_by(*_order(filters)).limit(limit + 1)).all()
    last = found[limit - 1] if len(found) > limit else None
    older = str(Cursor(last.ended_at if by_end(filters) else last.created_at, last.id)) if last else None
    return Page(tuple(_row(row) for row in found[:limit]), older)


def one(*, id: str) -> QueueRow:
    """One delivery. Raises Missing."""
    row = db.session.execute(_rows().where(_delivery.c.id == id)).one_or_none() if is_id(id) else None
    if row is None:
        raise Missing({"id": "There is no such delivery."})
    return _row(row)


def counts(*, filters: Filters) -> Mapping[Tab, Bounded]:
    """How many each tab shows under these filters, whatever their ``states``; counted to MOST, in one statement."""
    counting = [_counting(replace(filters, states=tab.states)).label(tab) for tab in Tab]
    row = db.session.execute(select(*counting)).one()
    return {tab: Bounded.of(n, most=MOST) for tab, n in zip(Tab, row, strict=True)}


def held(*, filters: Filters) -> tuple[Waiting, ...]:
    """What is held, by reason and medium, the most first; counted in full."""
    by = _delivery.c.reason, _delivery.c.medium
    count = func.count().label("n")
    wanted = conditions(replace(filters, states=Tab.HELD.states))
    rows = db.session.execute(select(*by, count).where(*wanted).group_by(*by))
    found = [Waiting(Reason(row.reason) if row.reason else None, row.medium, row.n) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.count, one.medium, one.reason or "")))


def matching(*, filters: Filters, as_of: datetime, limit: int = MOST) -> tuple[str, ...]:
    """The ids of at most ``limit`` that match, the oldest first, and that nothing has moved after ``as_of``.

    A snapshot: what fails after ``as_of``, or has been dealt with since, is not among them.
    """
    later = exists().where(_move.c.delivery_id == _delivery.c.id, _move.c.at > as_of).correlate(_delivery)
    wanted = select(_delivery.c.id).where(*conditions(filters), ~later)
    return tuple(db.session.scalars(wanted.order_by(_delivery.c.id).limit(limit)))


def _counting(filters: Filters) -> Any:
    few = select(literal(1)).select_from(_delivery).where(*conditions(filters)).limit(MOST + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


# --- in which order -----------------------------------------------------------------------------------------------


def _order(filters: Filters) -> list[ColumnElement[Any]]:
    """What has ended by when it did; ids stand for when the others were posted."""
    return [*([_delivery.c.ended_at.desc()] if by_end(filters) else []), _delivery.c.id.desc()]


def _behind(cursor: Cursor, filters: Filters) -> ColumnElement[bool]:
    if not by_end(filters):
        return _delivery.c.id < cursor.id
    last = tuple_(literal(cursor.at, _delivery.c.ended_at.type), literal(cursor.id, _delivery.c.id.type))
    return tuple_(_delivery.c.ended_at, _delivery.c.id) < last


# --- rows ---------------------------------------------------------------------------------------------------------


def _joined() -> Any:
    posted = _delivery.join(_message, _delivery.c.message_id == _message.c.id)
    return with_recipients(posted.join(_channel, _delivery.c.channel_id == _channel.c.id))


_OWN = (
    "id", "message_id", "medium", "state", "reason", "last_error", "generation", "failures", "retries_left",
    "created_at", "failed_at", "due_at", "expires_at", "ended_at",
)  # fmt: skip


def _rows() -> Select[*tuple[Any, ...]]:
    address = select(_envelope.c.address).where(_envelope.c.id == _delivery.c.envelope_id).correlate(_delivery)
    return select(
        *(_delivery.c[name] for name in _OWN),
        _message.c.subject,
        _message.c.type,
        _channel.c.name.label("channel"),
        *RECIPIENT,
        address.scalar_subquery().label("address"),
        provider_name().label("provider"),
    ).select_from(_joined())


def _row(row: Row[*tuple[Any, ...]]) -> QueueRow:
    told = {name: value for name, value in row._mapping.items() if name not in ("username", "display_name")}
    told |= {"state": DeliveryState(row.state), "reason": Reason(row.reason) if row.reason else None}
    return QueueRow(**told, recipient=Who(row.display_name, row.username))
