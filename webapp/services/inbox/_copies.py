"""How one person's copies of messages are found: the conditions and joins that every inbox query begins with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, exists, literal, select, tuple_

from webapp.domain import signals
from webapp.domain.cursor import Cursor
from webapp.domain.refusal import Missing
from webapp.domain.who import Who
from webapp.models.channel import Channel
from webapp.models.message import Message, UserNotification
from webapp.models.user import User

own = UserNotification
SENDER = (User.username, User.display_name, Message.system_sender)
NEWEST_FIRST = (own.visible_at.desc(), own.id.desc())
# Bound parameters: a statement is built once and executed for everybody.
ANYBODY: BindParameter[int] = bindparam("user_id")
NOW: BindParameter[datetime] = bindparam("now")


@dataclass(frozen=True, slots=True)
class Showing:
    """Which notifications a list shows; all of them by default. ``category`` is a prefix."""

    unread: bool = False
    read: bool = False
    channel: str | None = None
    category: str | None = None


def shown(
    user_id: int | BindParameter[int], showing: Showing, now: datetime | BindParameter[datetime]
) -> list[ColumnElement[bool]]:
    """The conditions for the notifications in ``showing`` that are visible to ``user_id`` now."""
    where = [own.user_id == user_id, own.visible_at <= now]
    if showing.unread:
        where.append(own.read_at.is_(None))
    if showing.read:
        where.append(own.read_at.is_not(None))
    if showing.channel:
        channel = select(Channel.id).where(Channel.name == showing.channel).scalar_subquery()
        # The addition keeps both databases on the person's own index: that of a busy channel is far longer.
        where.append(own.channel_id + 0 == channel)
    if showing.category:
        begins = Message.category.startswith(showing.category, autoescape=True)
        where.append(exists().where(Message.id == own.message_id, begins).correlate(own))
    return where


def behind(after: str | None) -> list[ColumnElement[bool]]:
    """The condition for what follows the cursor, newest first. Raises Missing for an invalid cursor."""
    if not after:
        return []
    cursor = Cursor.read(after)
    last = tuple_(literal(cursor.at, own.visible_at.type), literal(cursor.id, own.id.type))
    return [tuple_(own.visible_at, own.id) < last]


def one(user_id: int, id: str, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions for one of the person's own notifications, once it is visible."""
    return [own.id == id, own.user_id == user_id, own.visible_at <= now]


def joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """With the message, its channel, and its sender where that is a person."""
    return (
        statement.join(Message, Message.id == own.message_id)
        .join(Channel, Channel.id == own.channel_id)
        .outerjoin(User, User.id == Message.sender_id)
    )


def sender(row: Row[*tuple[Any, ...]]) -> Who:
    """Who sent it, from a row with the columns of SENDER."""
    return Who(row.display_name, row.username) if row.username else Who(row.system_sender)


def missing(*ids: str) -> Missing:
    """The refusal for an id that does not exist or belongs to somebody else; also fires the ``missing`` signal."""
    for id in ids:
        signals.tell(signals.missing, id=id)
    return Missing({"id": "There is no such notification in your inbox."})
