"""When what is posted may be seen, is first tried, and expires."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.domain.message import NotificationMessage
from webapp.domain.retry_policy import DEFAULT_TTL_S, RetryPolicy
from webapp.models.channel import Channel, PostedOn
from webapp.models.policy import Policy


@dataclass(frozen=True, slots=True)
class Times:
    """Resolved once, when it is posted. ``ttl_s`` is what the post or else the channel says of how long it lives: None
    where a retry policy says it."""

    posted_at: datetime
    visible_at: datetime
    due_at: datetime
    expires_at: datetime
    ttl_s: float | None


def times(message: NotificationMessage, channel: Channel | PostedOn, *, now: datetime) -> Times:
    """A time in the past is now; what expires does so by the post's own word, or else the channel's, the policy's or
    the default."""
    visible_at = max(message.at.astimezone(UTC), now) if message.at else now
    due_at, ttl_s = _due_at(visible_at, channel.every_s), message.ttl_s or channel.ttl_s
    return Times(now, visible_at, due_at, expiry(visible_at, ttl_s, channel.policy), ttl_s)


def expiry(visible_at: datetime, ttl_s: float | None, policy: Policy | RetryPolicy) -> datetime:
    """When it is over what is retried by that policy, the channel's or a subscriber's own."""
    return visible_at + timedelta(seconds=ttl_s or policy.ttl_s or DEFAULT_TTL_S)


def _due_at(visible_at: datetime, every_s: int) -> datetime:
    """When it is first tried: at once, or, where the channel batches, at the next multiple of its interval."""
    if not every_s:
        return visible_at
    passed = visible_at.timestamp() % every_s
    return visible_at + timedelta(seconds=every_s - passed) if passed else visible_at
