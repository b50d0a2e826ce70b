"""The queue as an operator looks through it: tabs, filters, pages of rows, newest first, and snapshots of ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, literal_column, or_, select

from webapp.domain.bounded import Bounded
from webapp.domain.cursor import Cursor
from webapp.domain.delivery_state import FINAL, PENDING, DeliveryState
from webapp.domain.reason import Reason
from webapp.domain.text import storable
from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Envelope
from webapp.models.message import Message
from webapp.models.provider import Provider
from webapp.models.user import User, beginning

PAGE = 25  # rows
MOST = 10_000  # where counting stops, and how many ids one snapshot holds
_LONGEST = 200  # characters of a filter

_delivery, _message, _channel, _user = table_of(Delivery), table_of(Message), table_of(Channel), table_of(User)
_envelope, _attempt, _provider, _move = table_of(Envelope), table_of(Attempt), table_of(Provider), table_of(Move)
_S = DeliveryState


class Tab(StrEnum):
    """What needs a person, by what can be done about it."""

    UNDELIVERABLE = "undeliverable"
    RETRYING = "retrying"
    HELD = "held"
    UNKNOWN = "unknown"

    @property
    def states(self) -> tuple[DeliveryState, ...]:
        """The states that it shows."""
        return (DeliveryState(self.value),)


FAILED = (_S.UNDELIVERABLE, _S.UNKNOWN)
WAITING = tuple(state for state in DeliveryState if state in PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is looked for; what is None or empty does not matter.

    ``provider``: the name of the one that was tried last. ``person``: the beginning of any word of a recipient's
    username, name or e-mail. ``text``: a part of the last error, as it stands, in small or capital letters (beyond
    ASCII, SQLite tells these apart). ``since`` and ``before`` bound when it ended, or was posted where it has not.
    """

    states: tuple[DeliveryState, ...] = ()
    channel: str | None = None
    provider: str | None = None
    reason: str | None = None
    person: str | None = None
    text: str | None = None
    type: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One delivery. ``failures`` of ``allowed`` tries have failed in this generation; the next is at ``due_at``.

    ``subject`` and ``type`` are the message's; ``address`` is the envelope's, where there is one yet; ``provider`` the
    name of the one tried last.
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
    where = _matching(filters)
    if cursor:
        where.append(_behind(Cursor.read(cursor), filters))
    found = db.session.execute(_rows().where(*where).order_by(*_order(filters)).limit(limit + 1)).all()
    last = found[limit - 1] if len(found) > limit else None
    older = str(Cursor(last.ended_at if _by_end(filters) else last.created_at, last.id)) if last else None
    return Page(tuple(_row(row) for row in found[:limit]), older)


def counts(*, filters: Filters) -> Mapping[Tab, Bounded]:
    """How many each tab shows under these filters, whatever their ``states``; counted to MOST, in one statement."""
    counting = [_counting(replace(filters, states=tab.states)).label(tab) for tab in Tab]
    row = db.session.execute(select(*counting)).one()
    return {tab: Bounded.of(n, most=MOST) for tab, n in zip(Tab, row, strict=True)}


def held(*, filters: Filters) -> tuple[Waiting, ...]:
    """What is held, by reason and medium, the most first; counted in full."""
    by = _delivery.c.reason, _delivery.c.medium
    count = func.count().label("n")
    wanted = _matching(replace(filters, states=Tab.HELD.states))
    rows = db.session.execute(select(*by, count).select_from(_joined()).where(*wanted).group_by(*by))
    found = [Waiting(Reason(row.reason) if row.reason else None, row.medium, row.n) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.count, one.medium, one.reason or "")))


def matching(*, filters: Filters, as_of: datetime, limit: int = MOST) -> tuple[str, ...]:
    """The ids of at most ``limit`` that match, the oldest first, and that nothing has moved after ``as_of``.

    A snapshot: what fails after ``as_of``, or has been dealt with since, is not among them.
    """
    later = exists().where(_move.c.delivery_id == _delivery.c.id, _move.c.at > as_of).correlate(_delivery)
    wanted = select(_delivery.c.id).select_from(_joined()).where(*_matching(filters), ~later)
    return tuple(db.session.scalars(wanted.order_by(_delivery.c.id).limit(limit)))


# --- which ones ---------------------------------------------------------------------------------------------------


def _matching(filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions over ``_joined``."""
    where = [*_in_states(filters.states), *_in_time(filters)]
    if filters.channel:
        where.append(_channel.c.name == _clean(filters.channel))
    if filters.provider:
        where.append(_tried() == _clean(filters.provider))
    if filters.reason:
        where.append(_delivery.c.reason == _clean(filters.reason))
    if filters.person:
        where.append(_delivery.c.user_id.in_(beginning(_clean(filters.person))))
    if filters.text:
        where.append(_delivery.c.last_error.icontains(_clean(filters.text), autoescape=True))
    if filters.type:
        where.append(_message.c.type == _clean(filters.type))
    return where


def _in_states(states: Sequence[DeliveryState]) -> list[ColumnElement[bool]]:
    """As literals, and with the very words of the index over what has failed: it serves no other statement."""
    if not states:
        return []
    named = [_literal(state) for state in states]
    wanted = _delivery.c.state == named[0] if len(named) == 1 else _delivery.c.state.in_(named)
    failed = [_delivery.c.state.in_([_literal(state) for state in FAILED])] if set(states) <= set(FAILED) else []
    return [wanted, *failed]


def _literal(state: DeliveryState) -> ColumnElement[str]:
    return literal_column(f"'{state.value}'")


def _in_time(filters: Filters) -> list[ColumnElement[bool]]:
    at = _delivery.c.ended_at if _by_end(filters) else func.coalesce(_delivery.c.ended_at, _delivery.c.created_at)
    since = [at >= filters.since] if filters.since else []
    return since + ([at < filters.before] if filters.before else [])


def _clean(text: str) -> str:
    return storable(text.strip(), longest=_LONGEST)


def _counting(filters: Filters) -> Any:
    few = select(literal(1)).select_from(_joined()).where(*_matching(filters)).limit(MOST + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


# --- in which order -----------------------------------------------------------------------------------------------


def _by_end(filters: Filters) -> bool:
    """What has ended is listed by when it did; ids stand for when the others were posted."""
    return bool(filters.states) and set(filters.states) <= FINAL


def _order(filters: Filters) -> list[ColumnElement[Any]]:
    return [*([_delivery.c.ended_at.desc()] if _by_end(filters) else []), _delivery.c.id.desc()]


def _behind(cursor: Cursor, filters: Filters) -> ColumnElement[bool]:
    if not _by_end(filters):
        return _delivery.c.id < cursor.id
    same = and_(_delivery.c.ended_at == cursor.at, _delivery.c.id < cursor.id)
    return or_(_delivery.c.ended_at < cursor.at, same)


# --- rows ---------------------------------------------------------------------------------------------------------


def _joined() -> Any:
    return (
        _delivery.join(_message, _delivery.c.message_id == _message.c.id)
        .join(_channel, _delivery.c.channel_id == _channel.c.id)
        .outerjoin(_user, _delivery.c.user_id == _user.c.id)
    )


def _tried() -> Any:
    """The name of the provider that was tried last with the present envelope."""
    joined = select(_provider.c.name).join(_attempt, _attempt.c.provider_id == _provider.c.id)
    mine = joined.where(_attempt.c.envelope_id == _delivery.c.envelope_id).order_by(_attempt.c.id.desc())
    return mine.limit(1).correlate(_delivery).scalar_subquery()


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
        _user.c.username,
        _user.c.display_name,
        address.scalar_subquery().label("address"),
        _tried().label("provider"),
    ).select_from(_joined())


def _row(row: Row[*tuple[Any, ...]]) -> QueueRow:
    told = {name: value for name, value in row._mapping.items() if name not in ("username", "display_name")}
    told |= {"state": DeliveryState(row.state), "reason": Reason(row.reason) if row.reason else None}
    return QueueRow(**told, recipient=Who(row.display_name, row.username))
