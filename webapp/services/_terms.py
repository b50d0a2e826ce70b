"""Terms: from when a post is tried, and up to when; the same for what is posted and for what is only imagined."""

from datetime import datetime, timedelta

from webapp.domain.retry_policy import DEFAULT_TTL_S
from webapp.models.channel import Channel


def expires_at(channel: Channel, visible_at: datetime, *, ttl_s: float | None = None) -> datetime:
    """When it is too late: by the post's own time to live, or else the channel's, its policy's, the usual one."""
    return visible_at + timedelta(seconds=ttl_s or channel.ttl_s or channel.policy.ttl_s or DEFAULT_TTL_S)


def first_try(channel: Channel, visible_at: datetime) -> datetime:
    """At once, or, where the channel batches, at the next multiple of its interval."""
    every_s = channel.every_s
    passed = visible_at.timestamp() % every_s if every_s else 0
    return visible_at + timedelta(seconds=every_s - passed) if passed else visible_at
