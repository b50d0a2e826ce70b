"""Sent: what one person has posted, newest first, and what became of it for each recipient."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from webapp.domain.cursor import Cursor
from webapp.domain.delivery_state import PENDING, DeliveryState
from webapp.domain.ids import is_id
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models.by_hand import CANCELLABLE
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.services.posting._recipients import (
    Recipient,
    SubscriberWay,
    of_one,
    of_several,
    subscriber_ways,
    subscribers_of,
)
from webapp.services.posting.cancelling import ON_THEIR_WAY

__all__ = [
    "Detail", "Entry", "Head", "Outcome", "Page", "Recipient", "SubscriberWay",
    "get", "head", "page", "recipients", "version", "version_of",
]  # fmt: skip

PAGE = 25  # messages
Rows = Sequence[Row[*tuple[Any, ...]]]
FEW = 5  # a list names up to so many recipients; beyond that it only counts them


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many deliveries of a message are in one state."""

    state: DeliveryState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message. ``recipients`` counts people, ``outcomes`` their deliveries by state, and ``subscribers`` the
    deliveries to subscribers; ``people`` are named where they are few.

    ``upcoming``: it is not visible yet. ``final``: nothing more will happen to it by itself.
    """

    id: str
    channel: str
    type: str
    subject: str
    created_at: datetime
    visible_at: datetime
    recipients: int
    outcomes: tuple[Outcome, ...]
    subscribers: tuple[Outcome, ...]
    people: tuple[Recipient, ...]
    upcoming: bool
    final: bool

    @property
    def told(self) -> int:
        """How many subscribers it went to."""
        return sum(outcome.count for outcome in self.subscribers)

    @property
    def waiting(self) -> int:
        """How many deliveries can still be cancelled."""
        return self._in(CANCELLABLE)

    @property
    def on_their_way(self) -> int:
        """How many can no longer be cancelled: they have left or are being sent."""
        return self._in(ON_THEIR_WAY)

    def _in(self, states: Collection[DeliveryState]) -> int:
        return sum(outcome.count for outcome in (*self.outcomes, *self.subscribers) if outcome.state in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the list; ``older`` is the cursor of the next one. ``final``: nothing on it will change by itself."""

    entries: tuple[Entry, ...]
    older: str | None
    version: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One message with its text (Markdown)."""

    entry: Entry
    body: str
    link: str | None
    attributes: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail(Head):
    """A message with a page of its recipients. ``more`` is the username after which the next page begins, if there is
    one. ``subscribers`` are the first of those that it also went to."""

    subscribers: tuple[Recipient, ...]
    more: str | None
    version: str


def page(*, user_id: int, now: datetime, after: str | None = None, limit: int = PAGE) -> Page:
    """The page of what ``user_id`` has posted, after the cursor ``after``. Raises Missing for an invalid cursor."""
    rows = _rows(
        select(Message, Message.id, Message.visible_at, Channel.name).join(Channel, Channel.id == Message.channel_id),
        user_id,
        after,
        limit,
    )
    shown = rows[:limit]
    ids = [row.id for row in shown]
    outcomes, counts = _outcomes(ids), _recipients(ids)
    people = of_several([id for id in ids if counts.get(id, 0) <= FEW], now=now)
    entries = tuple(
        _entry(row, counts.get(row.Message.id, 0), outcomes, people.get(row.Message.id, ()), now) for row in shown
    )
    return Page(
        entries=entries,
        older=str(Cursor(shown[-1].Message.created_at, shown[-1].Message.id)) if len(rows) > limit else None,
        version=_version(shown, outcomes, now),
        final=all(entry.final for entry in entries),
    )


def version(*, user_id: int, now: datetime, after: str | None = None) -> str:
    """The ``version`` that the page has now, much more cheaply than the page."""
    shown = _rows(select(Message.id, Message.visible_at), user_id, after, PAGE)[:PAGE]
    return _version(shown, _outcomes([row.id for row in shown]), now)


def get(
    *, user_id: int, id: str, now: datetime, state: DeliveryState | None = None, after: str | None = None
) -> Detail:
    """One's own message, with a page of its recipients after the username ``after``; with ``state``, only those with a
    delivery in that state. Raises Missing, also for another's message."""
    row, outcomes = _whole(user_id, id), _outcomes([id])
    people, more = of_one(id, now=now, state=state, after=after)
    return Detail(
        entry=_entry(row, _recipients([id]).get(id, 0), outcomes, people, now),
        subscribers=subscribers_of(id, now=now, state=state) if any(it.webhook for it in outcomes) else (),
        **_text(row.Message),
        more=more,
        version=_version([row], outcomes, now),
    )


def recipients(
    *, user_id: int, id: str, now: datetime, state: DeliveryState | None = None, after: str | None = None, limit: int
) -> tuple[tuple[Recipient, ...], str | None]:
    """A page of the recipients of one's own message, as in ``get``, and the username after which the next one begins.
    Raises Missing, also for another's message."""
    _one(select(Message.id), user_id, id)
    return of_one(id, now=now, state=state, after=after, limit=limit)


def head(*, user_id: int, id: str, now: datetime) -> tuple[Head, tuple[SubscriberWay, ...]]:
    """One's own message without its recipients (``entry.people`` is empty), and its subscribers with their outcomes.
    Raises Missing, also for another's message."""
    row, outcomes = _whole(user_id, id), _outcomes([id])
    entry = _entry(row, _recipients([id]).get(id, 0), outcomes, (), now)
    ways = subscriber_ways(id, now=now, upcoming=entry.upcoming) if entry.told else ()
    return Head(entry=entry, **_text(row.Message)), ways


def version_of(*, user_id: int, id: str, now: datetime) -> str:
    """The ``version`` that one message has now. Raises Missing."""
    row = _one(select(Message.id, Message.visible_at), user_id, id)
    return _version([row], _outcomes([id]), now)


def _whole(user_id: int, id: str) -> Row[*tuple[Any, ...]]:
    columns = Message, Message.id, Message.visible_at, Channel.name
    return _one(select(*columns).join(Channel, Channel.id == Message.channel_id), user_id, id)


def _text(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in ("body", "link", "attributes", "expires_at")}


def _one(statement: Select[*tuple[Any, ...]], user_id: int, id: str) -> Row[*tuple[Any, ...]]:
    own = statement.where(Message.id == id, Message.sender_id == user_id)
    row = db.session.execute(own).one_or_none() if is_id(id) else None
    if row is None:
        raise Missing({"id": "There is no such message among those you sent."})
    return row


def _rows(statement: Select[*tuple[Any, ...]], user_id: int, after: str | None, limit: int) -> Rows:
    """A page's messages, plus one where there is a next page. Ids sort by the time of posting."""
    mine = [Message.sender_id == user_id, *([Message.id < Cursor.read(after).id] if after else [])]
    return db.session.execute(statement.where(*mine).order_by(Message.id.desc()).limit(limit + 1)).all()


def _outcomes(ids: Sequence[str]) -> Rows:
    """Per message and state, people and subscribers apart: the number of deliveries, and two sums that change whenever
    one of them does."""
    counted = func.count().label("n"), func.sum(Delivery.failures).label("failures"), func.max(Delivery.due_at)
    by = Delivery.message_id, Delivery.state, Delivery.subscriber_id.is_not(None).label("webhook")
    grouped = select(*by, *counted).group_by(*by)
    return db.session.execute(grouped.where(Delivery.message_id.in_(ids)).order_by(Delivery.message_id)).all()


def _recipients(ids: Sequence[str]) -> dict[str, int]:
    copies = UserNotification
    grouped = select(copies.message_id, func.count()).where(copies.message_id.in_(ids)).group_by(copies.message_id)
    return {row[0]: row[1] for row in db.session.execute(grouped)}


def _entry(
    row: Row[*tuple[Any, ...]],
    recipients: int,
    outcomes: Rows,
    people: tuple[Recipient, ...],
    now: datetime,
) -> Entry:
    message = row.Message
    mine = {(DeliveryState(it.state), bool(it.webhook)): it.n for it in outcomes if it.message_id == message.id}
    return Entry(
        id=message.id,
        channel=row.name,
        type=message.type,
        subject=message.subject,
        created_at=message.created_at,
        visible_at=message.visible_at,
        recipients=recipients,
        outcomes=_told(mine, webhook=False),
        subscribers=_told(mine, webhook=True),
        people=people,
        upcoming=message.visible_at > now,
        final=message.visible_at <= now and not PENDING & {state for state, _ in mine},
    )


def _told(counted: Mapping[tuple[DeliveryState, bool], int], *, webhook: bool) -> tuple[Outcome, ...]:
    """In the order of the states."""
    return tuple(Outcome(state, counted[state, webhook]) for state in DeliveryState if (state, webhook) in counted)


def _version(shown: Rows, outcomes: Rows, now: datetime) -> str:
    facts = [(row.id, row.visible_at > now) for row in shown], sorted(tuple(map(str, row)) for row in outcomes)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
