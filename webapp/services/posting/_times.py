"""When what is posted may be seen, is first tried, and expires."""

from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.domain.message import NotificationMessage
from webapp.models.channel import Channel
from webapp.services._terms import expires_at, first_try


@dataclass(frozen=True, slots=True)
class Times:
    """Resolved once, when it is posted."""

    posted_at: datetime
    visible_at: datetime
    due_at: datetime
    expires_at: datetime


def times(message: NotificationMessage, channel: Channel, *, now: datetime) -> Times:
    """A time in the past is now."""
    visible_at = max(message.at.astimezone(UTC), now) if message.at else now
    expires = expires_at(channel, visible_at, ttl_s=message.ttl_s)
    return Times(now, visible_at, first_try(channel, visible_at), expires)
