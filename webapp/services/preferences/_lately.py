"""The copies that somebody got lately: a bounded number, however many there are in all."""

from datetime import datetime

from sqlalchemy import Select, select

from webapp.models.message import UserNotification

COPIES = 100  # of the newest copies are looked at


def copies(user_id: int, now: datetime) -> Select[str, str]:
    """The ids of their newest copies, and of the messages of those."""
    mine = UserNotification.user_id == user_id, UserNotification.visible_at <= now
    newest = select(UserNotification.id, UserNotification.message_id).where(*mine)
    return newest.order_by(UserNotification.visible_at.desc(), UserNotification.id.desc()).limit(COPIES)
