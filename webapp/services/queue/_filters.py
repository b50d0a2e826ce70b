"""Filters over the queue: its tabs, what narrows them, and the SQL conditions for both."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, Table, exists, func, literal_column, select

from webapp.domain.delivery_state import PENDING, DeliveryState
from webapp.domain.text import storable
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.channel import Channel
from webapp.models.delivery import UNUSUAL, Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.subscriber import Subscriber
from webapp.models.user import User, beginning
from webapp.services._courses import provider_name

MOST_OF_ONE = 1_000  # the newest notifications of one person that are looked through
_LONGEST = 200  # characters of a filter
_MILLISECOND = timedelta(milliseconds=1)  # the precision of the time in an id

_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_subscriber, _user, _copy = table_of(Subscriber), table_of(User), table_of(UserNotification)
_THEIRS = _delivery.c.subscriber_id.is_not(None)
_S = DeliveryState


class Tab(StrEnum):
    """Deliveries that need a person, grouped by what can be done about them."""

    UNDELIVERABLE = "undeliverable"
    RETRYING = "retrying"
    HELD = "held"
    UNKNOWN = "unknown"

    @property
    def states(self) -> tuple[DeliveryState, ...]:
        """The states that the tab shows."""
        return (DeliveryState(self.value),)


FAILED = (_S.UNDELIVERABLE, _S.UNKNOWN)
WAITING = tuple(state for state in DeliveryState if state in PENDING)
_LINED_UP = (_S.QUEUED, _S.RETRYING, _S.HELD)  # for these states there is an index by subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is looked for; None or empty means any.

    ``provider``: the name of the one that was tried last. ``person``: the beginning of any word of a recipient's
    username, name or e-mail. ``user``: a username; only that person's newest MOST_OF_ONE notifications (before
    ``before``) are looked through. ``subscriber``: an exact name, ``message``: an exact id. ``text``: a part of the
    last error, ignoring case (for letters beyond ASCII, SQLite does not). ``since`` and ``before`` bound the time at
    which the delivery ended, or else was posted.
    """

    states: tuple[DeliveryState, ...] = ()
    channel: str | None = None
    provider: str | None = None
    reason: str | None = None
    person: str | None = None
    user: str | None = None
    subscriber: str | None = None
    message: str | None = None
    text: str | None = None
    type: str | None = None
    medium: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def conditions(filters: Filters, *, in_order: bool = True) -> list[ColumnElement[bool]]:
    """The conditions on the table of deliveries alone. With ``in_order=False``, for a count, they need not serve an
    index in the list's order."""
    own = {"medium": _delivery.c.medium, "reason": _delivery.c.reason, "provider": provider_name()}
    asked = {name: _clean(words) for name in (*own, *_OTHERS, "user") if (words := getattr(filters, name))}
    same = [column == asked[name] for name, column in own.items() if name in asked]
    others = [condition(asked[name]) for name, condition in _OTHERS.items() if name in asked]
    theirs = [_delivery.c.notification_id.in_(_copies(asked["user"], filters.before))] if filters.user else []
    return [*_in_states(filters, in_order=in_order), *_in_time(filters), *same, *others, *theirs]


def _copies(username: str, before: datetime | None) -> Select[str]:
    """A person's newest copies, by which their deliveries are found."""
    mine = select(_copy.c.id).where(_of(_copy.c.user_id, _user, username, name="username"))
    older = mine.where(_copy.c.id < first_id(before + _MILLISECOND)) if before else mine
    return older.order_by(_copy.c.visible_at.desc()).limit(MOST_OF_ONE)


def _is_of_type(type_: str) -> ColumnElement[bool]:
    mine = _message.c.id == _delivery.c.message_id
    return exists().where(mine, _message.c.type == type_).correlate(_delivery)


def _of(column: ColumnElement[int], table: Table, called: str, *, name: str = "name") -> ColumnElement[bool]:
    return column == select(table.c.id).where(table.c[name] == called).scalar_subquery()


_OTHERS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "channel": lambda name: _of(_delivery.c.channel_id, _channel, name),
    "message": lambda id: _delivery.c.message_id == id,
    "person": lambda words: _delivery.c.user_id.in_(beginning(words)),
    "subscriber": lambda name: _of(_delivery.c.subscriber_id, _subscriber, name),
    "text": lambda words: _delivery.c.last_error.icontains(words, autoescape=True),
    "type": _is_of_type,
}


def _in_states(filters: Filters, *, in_order: bool) -> list[ColumnElement[bool]]:
    """The states as literals, in the words of the partial index that covers them: SQLite uses it for no other
    wording."""
    states = filters.states
    if not states:
        return []
    named = [_literal(state) for state in states]
    wanted = _delivery.c.state == named[0] if len(named) == 1 else _delivery.c.state.in_(named)
    if _are_failed(states):
        return [*_among_failed(states), _THEIRS] if filters.subscriber else failed_in(states)
    if filters.subscriber and not in_order and set(states) <= set(_LINED_UP):
        return [wanted, _THEIRS]  # otherwise SQLite would scan all rows in this state
    return [wanted] if set(states) & {_S.SENT, _S.SENDING, *FAILED} else [wanted, literal_column(UNUSUAL)]


def failed_in(states: Collection[DeliveryState]) -> list[ColumnElement[bool]]:
    """The condition for these failed states; ``unknown`` has an index of its own."""
    return [_delivery.c.state == _literal(_S.UNKNOWN)] if set(states) == {_S.UNKNOWN} else _among_failed(states)


def _among_failed(states: Collection[DeliveryState]) -> list[ColumnElement[bool]]:
    """Excludes the other failed states. Naming the wanted ones a second time would make PostgreSQL underestimate the
    rows and sort them all."""
    others = [_delivery.c.state != _literal(other) for other in FAILED if other not in states]
    return [_delivery.c.state.in_([_literal(state) for state in FAILED]), *others]


def _literal(state: DeliveryState) -> ColumnElement[str]:
    return literal_column(f"'{state.value}'")


def _in_time(filters: Filters) -> list[ColumnElement[bool]]:
    at = _delivery.c.ended_at if by_end(filters) else func.coalesce(_delivery.c.ended_at, _delivery.c.created_at)
    since = [at >= filters.since] if filters.since else []
    return since + ([at < filters.before, *_posted_before(filters.before)] if filters.before else [])


def _posted_before(at: datetime) -> list[ColumnElement[bool]]:
    """Whatever ended before a time was posted before it. Ids sort by the time of posting, so later ones need not be
    read."""
    return [_delivery.c.id < first_id(at + _MILLISECOND)]


def _clean(text: str) -> str:
    return storable(text.strip(), longest=_LONGEST)


def by_end(filters: Filters) -> bool:
    """Whether the list is ordered by the time of the end, as it is for failed states.

    Not for one person: their copies are only indexed by the time of posting.
    """
    return _are_failed(filters.states) and not filters.user


def line(filters: Filters) -> Filters:
    """The part of the filters that an index covers; the rest is checked row by row. For one message, or for one person,
    all of it: there are few rows."""
    if filters.message or filters.user:
        return filters
    kept = {"subscriber": filters.subscriber, "before": filters.before}
    if by_end(filters):
        return Filters(states=filters.states, since=filters.since, **kept)
    return Filters(states=filters.states if _is_in_line(filters) else (), **kept)


def has_order(filters: Filters) -> bool:
    """Whether an index has all rows in these states in the order of the list, regardless of recipients."""
    return not (filters.message or filters.user or filters.subscriber) and (by_end(filters) or _is_in_line(filters))


def _is_in_line(filters: Filters) -> bool:
    """Whether an index has the rows in these states in the order of posting."""
    one = len(filters.states) == 1 and filters.states[0] not in (_S.SENT, _S.SENDING)
    return one and (not filters.subscriber or filters.states[0] in _LINED_UP)


def _are_failed(states: Collection[DeliveryState]) -> bool:
    return bool(states) and set(states) <= set(FAILED)
