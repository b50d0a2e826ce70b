"""The tables. Importing this package makes them all known; a row changes only by functions of its own module."""

from webapp.models import (
    api,
    api_token,
    audit,
    channel,
    delivery,
    envelope,
    job,
    message,
    policy,
    provider,
    sign_in,
    subscriber,
    user,
    verification,
    wishes,
)

__all__ = [
    "api",
    "api_token",
    "audit",
    "channel",
    "delivery",
    "envelope",
    "job",
    "message",
    "policy",
    "provider",
    "sign_in",
    "subscriber",
    "user",
    "verification",
    "wishes",
]
