"""The queue as an operator pages through it: rows newest first, counts, and snapshots of ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, Tuple, false, func, literal, select, tuple_

from webapp.domain.bounded import Bounded
from webapp.domain.cursor import Cursor
from webapp.domain.delivery_state import FINAL, DeliveryState
from webapp.domain.ids import is_id
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models._among import among_found
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Envelope
from webapp.models.message import Message
from webapp.services._courses import RECIPIENT, provider_name, with_recipients
from webapp.services.queue._filters import Filters, Tab, by_end, conditions, has_order, line

PAGE = 25  # rows
MOST_COUNTED = 10_000  # counts stop here, and a snapshot holds at most so many ids
LOOKED = 1_000  # rows read per page at most, where no index covers the filters
GLANCED = 250  # the same for the count of a tab that is not shown

_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_envelope, _move = table_of(Envelope), table_of(Move)
_ENDED, _PLACE = tuple_(_delivery.c.ended_at, _delivery.c.id), ("ended_at", "created_at", "id")
# Building a statement takes longer than executing it, so the statements for this many filters are cached.
_kept = lru_cache(maxsize=64)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One delivery. In this generation ``failures`` of ``allowed`` tries have failed; the next is due at ``due_at``.

    ``subject`` and ``type`` are the message's; ``address`` is the envelope's, if there is one yet; ``provider`` is the
    name of the last one tried. ``subscriber`` is its id where the recipient is a subscriber.
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


def newest(*, filters: Filters, cursor: str | None = None, limit: int = PAGE) -> Page:
    """At most ``limit`` rows after the cursor, ordered by the time of the end, or of posting where they have not ended.

    Where no index covers the filters, only LOOKED rows are read at a time: a page may then have few rows, or none, and
    still have a next page. Raises Missing for an invalid cursor.
    """
    behind = [_behind(Cursor.read(cursor), filters)] if cursor else []
    end = _end(filters, behind)
    within = [_reaches(end, filters)] if end else []
    found = db.session.execute(_filtered(filters).where(*behind, *within).limit(limit + 1)).all()
    last = found[limit - 1] if len(found) > limit else end
    older = str(Cursor(last.ended_at if by_end(filters) else last.created_at, last.id)) if last else None
    return Page(tuple(_row(row) for row in found[:limit]), older)


def one(*, id: str) -> QueueRow:
    """One delivery. Raises Missing."""
    row = db.session.execute(_rows().where(_delivery.c.id == id)).one_or_none() if is_id(id) else None
    if row is None:
        raise Missing({"id": "There is no such delivery."})
    return _row(row)


def counts(*, filters: Filters) -> Mapping[Tab, Bounded]:
    """How many deliveries each tab shows under these filters, counted to MOST_COUNTED. Where no index covers the
    filters, only the newest LOOKED rows of the shown tab (the one with their ``states``) are read, and GLANCED of each
    other tab. In one statement."""
    [found] = counts_of([filters])
    return found


def counts_of(several: Sequence[Filters]) -> list[Mapping[Tab, Bounded]]:
    """The same for each of several filters, in one statement."""
    wanted = (_Count.at(tab, filters) for filters in several for tab in Tab)
    found = iter(_counted(tuple(wanted)))
    return [{tab: next(found) for tab in Tab} for _ in several]


def count_each(several: Sequence[Filters]) -> list[Bounded]:
    """How many deliveries each of these filters shows, in one statement."""
    return _counted(tuple(_Count(filters, LOOKED) for filters in several))


@dataclass(frozen=True, slots=True)
class _Count:
    """Filters to be counted, and how many rows to read at most where no index covers them."""

    filters: Filters
    among: int

    @classmethod
    def at(cls, tab: Tab, filters: Filters) -> "_Count":
        shown = tab.states == filters.states
        return cls(replace(filters, states=tab.states), LOOKED if shown else GLANCED)


def _counted(several: tuple[_Count, ...]) -> list[Bounded]:
    row = db.session.execute(_counting_each(several)).one()
    return [
        Bounded(min(n, MOST_COUNTED), bool(further or n > MOST_COUNTED))
        for n, further in zip(row[::2], row[1::2], strict=True)
    ]


def newest_of(filters: Filters, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """A SELECT of these columns of all that ``filters`` show, newest first."""
    return select(*columns).where(*conditions(filters), *_within(filters, LOOKED)).order_by(*_order(filters))


def matching(*, filters: Filters, as_of: datetime, limit: int = MOST_COUNTED) -> tuple[str, ...]:
    """The ids of at most ``limit`` matching deliveries, oldest first, that have not moved after ``as_of``.

    A snapshot: what fails after ``as_of``, or has been dealt with since, is not among them.
    """
    order = [_delivery.c.ended_at, _delivery.c.id] if by_end(filters) else [_delivery.c.id]
    wanted = select(_delivery.c.id).where(*conditions(filters), _unmoved(filters, as_of))
    return tuple(db.session.scalars(wanted.order_by(*order).limit(limit)))


def _unmoved(filters: Filters, as_of: datetime) -> ColumnElement[bool]:
    """The condition that a delivery has not moved since ``as_of``. Final states have the time of their end. Others need
    the ledger, by one subquery per row: it is far too long for a join."""
    if filters.states and set(filters.states) <= FINAL:
        return _delivery.c.ended_at <= as_of
    last = select(func.max(_move.c.at)).where(_move.c.delivery_id == _delivery.c.id).correlate(_delivery)
    return last.scalar_subquery() <= as_of


@_kept
def _counting_each(several: tuple[_Count, ...]) -> Select[*tuple[Any, ...]]:
    return select(*(part for count in several for part in _counting(count.filters, count.among)))


def _counting(filters: Filters, among: int) -> tuple[Any, Any]:
    """Two columns: the count, up to MOST_COUNTED + 1; and, where only some rows are read, whether there are others."""
    end = _end_column(filters, among)
    shown = _all_of(filters) if end is None else _among_newest(filters, among)
    few = shown.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery(), false() if end is None else end.is_not(None)


def _all_of(filters: Filters) -> Select[int]:
    in_order = has_order(filters)
    shown = select(literal(1)).select_from(_delivery).where(*conditions(filters, in_order=in_order))
    # Unordered, PostgreSQL scans all pending rows, hoping to reach the limit soon.
    return shown.order_by(*_order(filters)) if in_order else shown


def _among_newest(filters: Filters, among: int) -> Select[int]:
    """Those of the newest ``among`` rows that match, found by their keys. Bounded by the place of the last one instead,
    PostgreSQL would estimate a third of the table."""
    newest = _in_line(filters, _delivery.c.id).limit(among)
    shown = select(literal(1)).select_from(_delivery)
    return shown.where(among_found(_delivery.c.id, newest), *conditions(filters))


# --- how far one look goes ----------------------------------------------------------------------------------------


def _end(filters: Filters, behind: Sequence[ColumnElement[bool]]) -> Row[Any] | None:
    """The last row to read, where no index covers the filters and there are more rows than that."""
    if line(filters) == filters:
        return None
    place = _last(filters, *(_delivery.c[name] for name in _PLACE), among=LOOKED)
    return db.session.execute(place.where(*behind)).one_or_none()


def _end_column(filters: Filters, among: int) -> ScalarSelect[Any] | None:
    """The sort key of the last row to read, or None."""
    return None if line(filters) == filters else _last(filters, _key(filters), among=among).scalar_subquery()


def _last(filters: Filters, *columns: ColumnElement[Any], among: int) -> Select[*tuple[Any, ...]]:
    """The last of ``among`` rows, found in an index without reading the table."""
    return _in_line(filters, *columns).offset(among - 1).limit(1)


def _in_line(filters: Filters, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(*columns).where(*conditions(line(filters))).order_by(*_order(filters))


def _within(filters: Filters, among: int) -> list[ColumnElement[bool]]:
    """The condition to read no further than that row."""
    end = _end_column(filters, among)
    return [] if end is None else [_key(filters) >= func.coalesce(end, _first(filters))]


def _key(filters: Filters) -> ColumnElement[Any]:
    return _delivery.c.ended_at if by_end(filters) else _delivery.c.id


def _first(filters: Filters) -> ColumnElement[Any]:
    """A key that sorts before every row."""
    return literal(_LONG_AGO if by_end(filters) else "", _key(filters).type)


def _reaches(end: Row[Any], filters: Filters) -> ColumnElement[bool]:
    return _delivery.c.id >= end.id if not by_end(filters) else _ended(end.ended_at, end.id) <= _ENDED


# --- in which order -----------------------------------------------------------------------------------------------


def _order(filters: Filters) -> list[ColumnElement[Any]]:
    """By the time of the end where the list is ordered by it, then by id, which sorts by the time of posting."""
    if filters.user:  # an expression, so that neither database scans the whole queue in the order of its index
        return [_delivery.c.id.concat("").desc()]
    return [*([_delivery.c.ended_at.desc()] if by_end(filters) else []), _delivery.c.id.desc()]


def _behind(cursor: Cursor, filters: Filters) -> ColumnElement[bool]:
    return _delivery.c.id < cursor.id if not by_end(filters) else _ended(cursor.at, cursor.id) > _ENDED


def _ended(at: datetime, id: str) -> Tuple:
    return tuple_(literal(at, _delivery.c.ended_at.type), literal(id, _delivery.c.id.type))


# --- rows ---------------------------------------------------------------------------------------------------------


def _joined() -> Any:
    posted = _delivery.join(_message, _delivery.c.message_id == _message.c.id)
    return with_recipients(posted.join(_channel, _delivery.c.channel_id == _channel.c.id))


_OWN = (
    "id", "message_id", "medium", "state", "reason", "last_error", "generation", "failures", "retries_left",
    "created_at", "failed_at", "due_at", "expires_at", "ended_at",
)  # fmt: skip


@_kept
def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    return _rows().where(*conditions(filters)).order_by(*_order(filters))


@cache
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
