"""What has come to somebody lately: few enough to look through, however much has come in all."""

from datetime import datetime

from sqlalchemy import Select, select

from webapp.models.message import UserNotification

COPIES = 100  # of which something is told


def copies(user_id: int, now: datetime) -> Select[str, str]:
    """The ids of their newest copies, and those of the messages that they are of."""
    mine = UserNotification.user_id == user_id, UserNotification.visible_at <= now
    newest = select(UserNotification.id, UserNotification.message_id).where(*mine)
    return newest.order_by(UserNotification.visible_at.desc(), UserNotification.id.desc()).limit(COPIES)
