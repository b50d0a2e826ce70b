"""Whom a message went to, and how it went for each, in words for its sender."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, select

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.refusal import Missing
from webapp.domain.username import may_be_username
from webapp.domain.who import Who
from webapp.domain.wording import Reader
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.services._courses import COLUMNS, Way, way

PAGE = 50  # people


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person, and how it went by each medium (none where the channel has the inbox only). Or one subscriber,
    without a username and with exactly one way."""

    who: Who
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class SubscriberWay:
    """One subscriber, by its name, and how it went."""

    name: str
    way: Way


def of_several(message_ids: Sequence[str], *, now: datetime) -> dict[str, tuple[Recipient, ...]]:
    """Everybody that each of these messages went to, by message. For messages with few recipients."""
    by_message = defaultdict(list)
    for row in db.session.execute(_people().where(UserNotification.message_id.in_(message_ids))):
        by_message[row.message].append(row)
    return {message: _recipients(rows, now) for message, rows in by_message.items()}


def of_one(
    message_id: str, *, now: datetime, state: DeliveryState | None, after: str | None, limit: int = PAGE
) -> tuple[tuple[Recipient, ...], str | None]:
    """A page of the people that a message went to, and the username after which the next page begins. Raises Missing
    for an invalid username."""
    page = select(User.id).join(UserNotification, UserNotification.user_id == User.id)
    page = page.where(UserNotification.message_id == message_id, *_after(after), *_with_one_in(state))
    ids = page.order_by(User.username).limit(limit + 1).correlate(None)
    shown = UserNotification.message_id == message_id, UserNotification.user_id.in_(ids)
    people = _recipients(db.session.execute(_people().where(*shown)), now)
    return people[:limit], people[limit - 1].who.username if len(people) > limit else None


def subscriber_ways(message_id: str, *, now: datetime, upcoming: bool) -> tuple[SubscriberWay, ...]:
    """The subscribers that a message went to, in the order of their names."""
    theirs = select(Subscriber.name, *COLUMNS).join(Delivery, Delivery.subscriber_id == Subscriber.id)
    rows = db.session.execute(theirs.where(Delivery.message_id == message_id).order_by(Subscriber.name))
    return tuple(
        SubscriberWay(row.name, way(row, reader=Reader.SENDER, now=now, who=row.name, upcoming=upcoming))
        for row in rows
    )


def subscribers_of(message_id: str, *, now: datetime, state: DeliveryState | None) -> tuple[Recipient, ...]:
    """The first subscribers that a message went to, by name. A sender sees their outcome and nothing more."""
    columns = Message.visible_at, Subscriber.name, Channel.title
    told = select(*columns, *COLUMNS).join_from(Delivery, Subscriber, Subscriber.id == Delivery.subscriber_id)
    told = told.join(Message, Message.id == Delivery.message_id).join(Channel, Channel.id == Delivery.channel_id)
    told = told.where(Delivery.message_id == message_id, *([Delivery.state == state.value] if state else []))
    return tuple(
        Recipient(Who(row.name), (_way(row, row.name, now),))
        for row in db.session.execute(told.order_by(Subscriber.name).limit(PAGE))
    )


def _after(username: str | None) -> list[ColumnElement[bool]]:
    if username and not may_be_username(username):
        raise Missing({"after": "There is no such page."})
    return [User.username > username] if username else []


def _with_one_in(state: DeliveryState | None) -> list[ColumnElement[bool]]:
    if state is None:
        return []
    theirs = Delivery.message_id == UserNotification.message_id, Delivery.user_id == UserNotification.user_id
    return [select(Delivery.id).where(*theirs, Delivery.state == state.value).exists()]


def _people() -> Select[*tuple[Any, ...]]:
    """A row for each person and medium; for a person without deliveries, one row."""
    copies = UserNotification
    theirs = and_(Delivery.message_id == copies.message_id, Delivery.user_id == copies.user_id)
    columns = copies.message_id.label("message"), copies.visible_at, User.username, User.display_name
    people = select(*columns, Channel.title, *COLUMNS).select_from(copies).join(User, User.id == copies.user_id)
    people = people.join(Channel, Channel.id == copies.channel_id)
    return people.outerjoin(Delivery, theirs).order_by(User.username, Delivery.medium)


def _recipients(rows: Iterable[Row[*tuple[Any, ...]]], now: datetime) -> tuple[Recipient, ...]:
    ways: dict[Who, list[Way]] = defaultdict(list)
    for row in rows:
        theirs = ways[Who(row.display_name, row.username)]
        if row.state:
            theirs.append(_way(row, row.display_name, now))
    return tuple(Recipient(who, tuple(theirs)) for who, theirs in ways.items())


def _way(row: Row[*tuple[Any, ...]], who: str, now: datetime) -> Way:
    return way(row, reader=Reader.SENDER, now=now, who=who, channel=row.title, upcoming=row.visible_at > now)
