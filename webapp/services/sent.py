"""Sent: what one person has posted, newest first, and what became of it for each recipient."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from webapp.domain.cursor import Cursor
from webapp.domain.delivery_state import PENDING, DeliveryState
from webapp.domain.ids import is_id
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.services._recipients import Recipient, of_one, of_several

__all__ = ["Detail", "Entry", "Outcome", "Page", "Recipient", "get", "page", "version", "version_of"]

PAGE = 25  # messages
FEW = 5  # up to so many recipients are named in the list; more are counted


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many deliveries of a message are in one state."""

    state: DeliveryState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message. ``recipients`` counts people, ``outcomes`` their deliveries; few ``people`` are named.

    ``final``: nothing more will happen to it by itself.
    """

    id: str
    channel: str
    subject: str
    created_at: datetime
    visible_at: datetime
    recipients: int
    outcomes: tuple[Outcome, ...]
    people: tuple[Recipient, ...]
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the list; ``older`` is the cursor of the next one. ``final``: nothing on it will change by itself."""

    entries: tuple[Entry, ...]
    older: str | None
    version: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One message with its text (Markdown), and a page of recipients: ``more`` names the last, where others follow."""

    entry: Entry
    channel_title: str
    body: str
    link: str | None
    more: str | None
    version: str


def page(*, user_id: int, now: datetime, after: str | None = None) -> Page:
    """What ``user_id`` has posted, behind the cursor ``after``. Raises Missing for a cursor that never was."""
    rows = _rows(select(Message, Channel.name).join(Channel, Channel.id == Message.channel_id), user_id, after)
    shown = rows[:PAGE]
    ids = [row.Message.id for row in shown]
    outcomes, counts = _outcomes(ids), _recipients(ids)
    people = of_several([id for id in ids if counts.get(id, 0) <= FEW], now=now)
    entries = tuple(
        _entry(row, counts.get(row.Message.id, 0), outcomes, people.get(row.Message.id, ()), now) for row in shown
    )
    return Page(
        entries=entries,
        older=str(Cursor(shown[-1].Message.created_at, shown[-1].Message.id)) if len(rows) > PAGE else None,
        version=_version(ids, outcomes),
        final=all(entry.final for entry in entries),
    )


def version(*, user_id: int, after: str | None = None) -> str:
    """The ``version`` that the page has now, for much less than the page."""
    ids = [row.id for row in _rows(select(Message.id), user_id, after)[:PAGE]]
    return _version(ids, _outcomes(ids))


def get(
    *, user_id: int, id: str, now: datetime, state: DeliveryState | None = None, after: str | None = None
) -> Detail:
    """One's own message; of its recipients those behind the username ``after``, and only those with a delivery in
    ``state`` where one is given. Raises Missing, also for another's."""
    statement = select(Message, Channel.name, Channel.title).join(Channel, Channel.id == Message.channel_id)
    row = db.session.execute(statement.where(*_own(user_id, id))).one_or_none()
    if row is None:
        raise _missing()
    outcomes = _outcomes([id])
    people, more = of_one(id, now=now, state=state, after=after)
    return Detail(
        entry=_entry(row, _recipients([id]).get(id, 0), outcomes, people, now),
        channel_title=row.title,
        body=row.Message.body,
        link=row.Message.link,
        more=more,
        version=_version([id], outcomes),
    )


def version_of(*, user_id: int, id: str) -> str:
    """The ``version`` that one message has now. Raises Missing."""
    if db.session.scalar(select(Message.id).where(*_own(user_id, id))) is None:
        raise _missing()
    return _version([id], _outcomes([id]))


def _own(user_id: int, id: str) -> tuple[ColumnElement[bool], ...]:
    return Message.id == (id if is_id(id) else ""), Message.sender_id == user_id


def _missing() -> Missing:
    return Missing({"id": "There is no such message among those you sent."})


def _rows(statement: Select[*tuple[Any, ...]], user_id: int, after: str | None) -> Sequence[Row[*tuple[Any, ...]]]:
    """A page's messages, and one more where there is another page. Their ids sort by the time they were posted."""
    mine = [Message.sender_id == user_id, *([Message.id < Cursor.read(after).id] if after else [])]
    return db.session.execute(statement.where(*mine).order_by(Message.id.desc()).limit(PAGE + 1)).all()


def _outcomes(ids: Sequence[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Per message and state: how many, and two sums that move when anything else about them does."""
    counted = func.count().label("n"), func.sum(Delivery.failures).label("failures"), func.max(Delivery.due_at)
    grouped = select(Delivery.message_id, Delivery.state, *counted).group_by(Delivery.message_id, Delivery.state)
    return db.session.execute(grouped.where(Delivery.message_id.in_(ids)).order_by(Delivery.message_id)).all()


def _recipients(ids: Sequence[str]) -> dict[str, int]:
    copies = UserNotification
    grouped = select(copies.message_id, func.count()).where(copies.message_id.in_(ids)).group_by(copies.message_id)
    return {row[0]: row[1] for row in db.session.execute(grouped)}


def _entry(
    row: Row[*tuple[Any, ...]],
    recipients: int,
    outcomes: Sequence[Row[*tuple[Any, ...]]],
    people: tuple[Recipient, ...],
    now: datetime,
) -> Entry:
    message = row.Message
    mine = {DeliveryState(it.state): it.n for it in outcomes if it.message_id == message.id}
    return Entry(
        id=message.id,
        channel=row.name,
        subject=message.subject,
        created_at=message.created_at,
        visible_at=message.visible_at,
        recipients=recipients,
        outcomes=tuple(Outcome(state, mine[state]) for state in DeliveryState if state in mine),
        people=people,
        final=message.visible_at <= now and not PENDING & mine.keys(),
    )


def _version(ids: Sequence[str], outcomes: Sequence[Row[*tuple[Any, ...]]]) -> str:
    facts = list(ids), sorted(tuple(map(str, row)) for row in outcomes)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
