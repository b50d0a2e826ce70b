"""When a posted message becomes visible, is first tried, and expires."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.domain.channel_options import first_try
from webapp.domain.message import NotificationMessage
from webapp.domain.retry_policy import DEFAULT_TTL_S, RetryPolicy
from webapp.models.channel import Channel, PostedOn
from webapp.models.policy import Policy


@dataclass(frozen=True, slots=True)
class Times:
    """Resolved once, at the post. ``ttl_s`` is the time to live by the post or else the channel; None where the retry
    policy decides."""

    posted_at: datetime
    visible_at: datetime
    due_at: datetime
    expires_at: datetime
    ttl_s: float | None


def times(message: NotificationMessage, channel: Channel | PostedOn, *, now: datetime) -> Times:
    """The times of a message. A time in the past is now. Its time to live is the post's, or else the channel's, the
    policy's or the default."""
    visible_at = max(message.at.astimezone(UTC), now) if message.at else now
    due_at, ttl_s = first_try(visible_at, channel.every_s), message.ttl_s or channel.ttl_s
    return Times(now, visible_at, due_at, expiry(visible_at, ttl_s, channel.policy), ttl_s)


def expiry(visible_at: datetime, ttl_s: float | None, policy: Policy | RetryPolicy) -> datetime:
    """When a delivery expires that is retried by this policy, the channel's or a subscriber's own."""
    return visible_at + timedelta(seconds=ttl_s or policy.ttl_s or DEFAULT_TTL_S)
