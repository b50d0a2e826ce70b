"""Subscribers: HTTP endpoints that are told what is posted on channels, each through its own filters."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models._columns import IntKey


class Subscriber(db.Model):
    """One endpoint. ``settings`` and ``secrets``, which are encrypted, are those of the kind ``webhook``.

    ``version`` counts their changes. ``owner_id``: it is not told what is posted on channels but what became of what
    that user has posted. Where it is not ``active``, what is for it waits; ``off_why`` is ``person``, ``gone`` (the
    endpoint said so) or ``failing`` (nothing but failures for days). A row stays when its subscriber is removed:
    deliveries name it.
    """

    __tablename__ = "subscriber"

    id: Mapped[IntKey]
    name: Mapped[str] = mapped_column(String(50), unique=True)
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    off_why: Mapped[str | None] = mapped_column(String(10))
    off_at: Mapped[datetime | None]
    off_by: Mapped[str | None] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    health: Mapped["SubscriberHealth"] = relationship(back_populates="subscriber", lazy="joined")


class SubscriberFilter(db.Model):
    """One group of filters on a channel: groups are alternatives, the keys inside one must all match."""

    __tablename__ = "subscriber_filter"

    id: Mapped[IntKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), index=True)
    filters: Mapped[dict[str, Any]]


class SubscriberHealth(db.Model):
    """How an endpoint fares: written with every lot, so apart from its configuration; and its last callback check.

    ``failing_since`` is when the first of the failures was that no success has ended. ``check_steps`` are what the
    check asked and heard, ``check_passed`` whether that is as it should be, ``waived`` why an administrator goes on
    without.
    """

    __tablename__ = "subscriber_health"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    streak: Mapped[int] = mapped_column(default=0)
    checked_at: Mapped[datetime | None]
    check_passed: Mapped[bool | None]
    check_steps: Mapped[list[Any] | None]
    waived: Mapped[str | None] = mapped_column(String(500))
    subscriber: Mapped[Subscriber] = relationship(back_populates="health")
