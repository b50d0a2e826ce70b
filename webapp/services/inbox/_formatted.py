"""Messages as the formatters of their channels show them in an inbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.delivery.related import of, related
from webapp.extensions import db
from webapp.formatters import Context, ForInbox, Item, inbox_texts, shapes_inbox
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.services.inbox._copies import sender

CHANNEL = (Channel.name, Channel.title, Channel.formatter, Channel.required)


def formatted(rows: Sequence[Row[*tuple[Any, ...]]], *, user_id: int, now: datetime) -> list[str]:
    """The Markdown shown for each of these rows, which have the person's copy, its Message, CHANNEL and SENDER.

    Where a formatter has its own layout, the transaction is ended before it is called: it may take its time.
    """
    bodies = [row.Message.body for row in rows]
    places = [place for place, row in enumerate(rows) if shapes_inbox(row.name, row.formatter)]
    if places:
        wanted = _for_inbox([rows[place] for place in places], user_id, now)
        db.session.rollback()
        for place, text in zip(places, inbox_texts(wanted), strict=True):
            bodies[place] = text
    return bodies


def _for_inbox(rows: Sequence[Row[*tuple[Any, ...]]], user_id: int, now: datetime) -> list[ForInbox]:
    reader = db.session.get_one(User, user_id)
    messages = [{name: getattr(row.Message, name) for name in ("channel_id", "attributes")} for row in rows]
    known = related(db.session, messages, [user_id], now=now)
    return [
        ForInbox(row.formatter, _item(row), _context(row, reader, of(message, user_id, known)))
        for row, message in zip(rows, messages, strict=True)
    ]


def _item(row: Row[*tuple[Any, ...]]) -> Item:
    message = row.Message
    return Item(
        id=row.UserNotification.id,
        subject=message.subject,
        body=message.body,
        link=message.link,
        sender=sender(row).display_name,
        type=message.type,
        created_at=message.created_at,
        visible_at=message.visible_at,
        attributes=dict(message.attributes),
    )


def _context(row: Row[*tuple[Any, ...]], reader: User, near: dict[str, Any]) -> Context:
    return Context(
        recipient=reader.display_name,
        channel=row.name,
        channel_title=row.title,
        tz=reader.tz,
        locale=reader.locale,
        public_url="",
        senders=(sender(row).display_name,),
        required=row.required,
        related=near,
    )
