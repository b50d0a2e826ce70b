"""Subscribers: HTTP endpoints that are told what is posted on channels, each through its own filters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from webapp.extensions import db
from webapp.models._columns import IntKey
from webapp.models.policy import Policy


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
    policy: Mapped[Policy] = relationship()
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


class Asked(NamedTuple):
    """One group of filters, whose it is, and by which policy they are tried again."""

    subscriber_id: int
    filters: Mapping[str, str]
    policy: Policy


def asking(session: Session, channel_id: int, *, lock: bool = False) -> list[Asked]:
    """Every group of filters on a channel; those of one subscriber stand together. With ``lock``, nobody can remove one
    of these subscribers before this transaction ends."""
    columns = SubscriberFilter.subscriber_id, SubscriberFilter.filters, Policy
    groups = (
        select(*columns)
        .join(Subscriber, Subscriber.id == SubscriberFilter.subscriber_id)
        .join(Policy, Policy.id == Subscriber.policy_id)
        .where(SubscriberFilter.channel_id == channel_id, Subscriber.removed_at.is_(None))
        .order_by(SubscriberFilter.subscriber_id, SubscriberFilter.id)
    )
    if lock:
        groups = groups.with_for_update(read=True, key_share=True, of=Subscriber)
    return [Asked(*row) for row in session.execute(groups)]


def told_of_states(session: Session, owner_id: int) -> int | None:
    """The subscriber that is told what becomes of what a user posts."""
    mine = Subscriber.owner_id == owner_id, Subscriber.removed_at.is_(None)
    return session.scalar(select(Subscriber.id).where(*mine))
