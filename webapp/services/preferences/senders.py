"""Senders: the people who have lately sent somebody something."""

from datetime import datetime

from sqlalchemy import func, select

from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models.message import Message
from webapp.models.user import User
from webapp.services.preferences import _lately


def lately(*, user_id: int, now: datetime) -> list[Who]:
    """Without that person themselves, ordered by name."""
    copies = _lately.copies(user_id, now).subquery()
    found = select(User.display_name, User.username).join(Message, Message.sender_id == User.id)
    found = found.join(copies, copies.c.message_id == Message.id).where(User.id != user_id)
    rows = db.session.execute(found.group_by(User.id).order_by(func.lower(User.display_name), User.id))
    return [Who(row.display_name, row.username) for row in rows]
