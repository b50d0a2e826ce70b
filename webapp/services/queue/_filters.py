"""What is looked for in the queue: tabs and filters, and the conditions that they stand for."""

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

MOST_OF_ONE = 1_000  # notifications of one person
_LONGEST = 200  # characters of a filter
_MILLISECOND = timedelta(milliseconds=1)  # what an id knows of its time

_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_subscriber, _user, _copy = table_of(Subscriber), table_of(User), table_of(UserNotification)
_THEIRS = _delivery.c.subscriber_id.is_not(None)
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
_LINED_UP = (_S.QUEUED, _S.RETRYING, _S.HELD)  # what waits for each subscriber has an index of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is looked for; what is None or empty does not matter.

    ``provider``: the name of the one that was tried last. ``person``: the beginning of any word of a recipient's
    username, name or e-mail; ``user``: a username, of whose notifications the newest MOST_OF_ONE (before ``before``)
    are looked through; ``subscriber``: a name, ``message``: an id, as they are written.
    ``text``: a part of the last error, as it stands, in small or capital letters (beyond ASCII, SQLite tells these
    apart). ``since`` and ``before`` bound when it ended, or was posted where it has not.
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
    """Conditions on the table of deliveries alone; for what is only counted, not ``in_order``."""
    own = {"medium": _delivery.c.medium, "reason": _delivery.c.reason, "provider": provider_name()}
    asked = {name: _clean(words) for name in (*own, *_OTHERS, "user") if (words := getattr(filters, name))}
    same = [column == asked[name] for name, column in own.items() if name in asked]
    others = [condition(asked[name]) for name, condition in _OTHERS.items() if name in asked]
    theirs = [_delivery.c.notification_id.in_(_copies(asked["user"], filters.before))] if filters.user else []
    return [*_in_states(filters, in_order=in_order), *_in_time(filters), *same, *others, *theirs]


def _copies(username: str, before: datetime | None) -> Select[str]:
    """A person's newest copies: by these their deliveries are found."""
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
    """As literals, and with the very words of the index that has them: it serves no other statement."""
    states = filters.states
    if not states:
        return []
    named = [_literal(state) for state in states]
    wanted = _delivery.c.state == named[0] if len(named) == 1 else _delivery.c.state.in_(named)
    if _are_failed(states):
        return [*_among_failed(states), _THEIRS] if filters.subscriber else failed_in(states)
    if filters.subscriber and not in_order and set(states) <= set(_LINED_UP):
        return [wanted, _THEIRS]  # SQLite would rather pass over all that are in this state
    return [wanted] if set(states) & {_S.SENT, _S.SENDING, *FAILED} else [wanted, literal_column(UNUSUAL)]


def failed_in(states: Collection[DeliveryState]) -> list[ColumnElement[bool]]:
    """Those of what has failed; what is unknown has an index of its own."""
    return [_delivery.c.state == _literal(_S.UNKNOWN)] if set(states) == {_S.UNKNOWN} else _among_failed(states)


def _among_failed(states: Collection[DeliveryState]) -> list[ColumnElement[bool]]:
    """By what they are not: told the same twice, PostgreSQL would take them to be so few that it had rather sort them
    all."""
    others = [_delivery.c.state != _literal(other) for other in FAILED if other not in states]
    return [_delivery.c.state.in_([_literal(state) for state in FAILED]), *others]


def _literal(state: DeliveryState) -> ColumnElement[str]:
    return literal_column(f"'{state.value}'")


def _in_time(filters: Filters) -> list[ColumnElement[bool]]:
    at = _delivery.c.ended_at if by_end(filters) else func.coalesce(_delivery.c.ended_at, _delivery.c.created_at)
    since = [at >= filters.since] if filters.since else []
    return since + ([at < filters.before, *_posted_before(filters.before)] if filters.before else [])


def _posted_before(at: datetime) -> list[ColumnElement[bool]]:
    """What has ended before that was posted before: ids stand for when, and nothing later is looked at."""
    return [_delivery.c.id < first_id(at + _MILLISECOND)]


def _clean(text: str) -> str:
    return storable(text.strip(), longest=_LONGEST)


def by_end(filters: Filters) -> bool:
    """Whether it is looked through by when it ended: so is what has failed.

    What is for one person is not: their copies know only in which order that was posted.
    """
    return _are_failed(filters.states) and not filters.user


def line(filters: Filters) -> Filters:
    """As much of it as an index knows. What else is asked for is looked for among that, row by row; of one message, or
    for one person, there is not so much."""
    if filters.message or filters.user:
        return filters
    kept = {"subscriber": filters.subscriber, "before": filters.before}
    if by_end(filters):
        return Filters(states=filters.states, since=filters.since, **kept)
    return Filters(states=filters.states if _is_in_line(filters) else (), **kept)


def has_order(filters: Filters) -> bool:
    """Whether an index has all that is in these states in the order of the list, whosoever it is for."""
    return not (filters.message or filters.user or filters.subscriber) and (by_end(filters) or _is_in_line(filters))


def _is_in_line(filters: Filters) -> bool:
    """Whether an index has these states of it in the order in which that was posted."""
    one = len(filters.states) == 1 and filters.states[0] not in (_S.SENT, _S.SENDING)
    return one and (not filters.subscriber or filters.states[0] in _LINED_UP)


def _are_failed(states: Collection[DeliveryState]) -> bool:
    return bool(states) and set(states) <= set(FAILED)
