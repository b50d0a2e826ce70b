"""How one person's copies of messages are found: the conditions and joins that every look into an inbox begins with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, literal, select, tuple_

from webapp.domain import signals
from webapp.domain.cursor import Cursor
from webapp.domain.refusal import Missing
from webapp.domain.who import Who
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.message import Message, UserNotification
from webapp.models.user import User

own = UserNotification
# The tables themselves: what is asked of columns alone is spared the work that makes objects.
_own, _message, _channel, _user = (table_of(model) for model in (own, Message, Channel, User))
SENDER = (_user.c.username, _user.c.display_name, _message.c.system_sender)
NEWEST_FIRST = (_own.c.visible_at.desc(), _own.c.id.desc())


@dataclass(frozen=True, slots=True)
class Showing:
    """Which notifications a list shows; all of them by default. ``category`` is how the category begins."""

    unread: bool = False
    read: bool = False
    channel: str | None = None
    category: str | None = None


def shown(
    user_id: int | ColumnElement[int], showing: Showing, now: datetime | ColumnElement[datetime]
) -> list[ColumnElement[bool]]:
    """The conditions for what ``showing`` names, of what is visible to ``user_id`` now; both as values, or as
    parameters of a statement."""
    where = [_own.c.user_id == user_id, _own.c.visible_at <= now]
    if showing.unread:
        where.append(_own.c.read_at.is_(None))
    if showing.read:
        where.append(_own.c.read_at.is_not(None))
    if showing.channel:
        channel = select(_channel.c.id).where(_channel.c.name == showing.channel).scalar_subquery()
        # The sum keeps both databases on the person's own index: a busy channel's is far longer.
        where.append(_own.c.channel_id + 0 == channel)
    if showing.category:
        begins = _message.c.category.startswith(showing.category, autoescape=True)
        where.append(exists().where(_message.c.id == _own.c.message_id, begins).correlate(_own))
    return where


def behind(after: str | None) -> list[ColumnElement[bool]]:
    """The condition for what comes after a page, newest first. Raises Missing for a cursor that never was."""
    if not after:
        return []
    cursor = Cursor.read(after)
    last = tuple_(literal(cursor.at, _own.c.visible_at.type), literal(cursor.id, _own.c.id.type))
    return [tuple_(_own.c.visible_at, _own.c.id) < last]


def one(user_id: int, id: str, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions for one's own notification ``id``, once it is visible."""
    return [_own.c.id == id, _own.c.user_id == user_id, _own.c.visible_at <= now]


def joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """With the message, its channel, and its sender where that is a person."""
    return (
        statement.join(_message, _message.c.id == _own.c.message_id)
        .join(_channel, _channel.c.id == _own.c.channel_id)
        .outerjoin(_user, _user.c.id == _message.c.sender_id)
    )


def sender(row: Row[*tuple[Any, ...]]) -> Who:
    """Who sent it, from a row with the columns of SENDER."""
    return Who(row.display_name, row.username) if row.username else Who(row.system_sender)


def missing(*ids: str) -> Missing:
    """The refusal for what is not there, or another's; whoever listens for such things is told."""
    for id in ids:
        signals.tell(signals.missing, id=id)
    return Missing({"id": "There is no such notification in your inbox."})
