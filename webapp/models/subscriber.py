"""Subscribers: HTTP endpoints that are told what is posted on channels, each through its own filters."""

from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models._columns import IntKey


class Subscriber(db.Model):
    """One endpoint. ``secrets`` is encrypted."""

    __tablename__ = "subscriber"

    id: Mapped[IntKey]
    url: Mapped[str] = mapped_column(String(2000))
    auth: Mapped[str] = mapped_column(String(20), default="none")
    secrets: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    active: Mapped[bool] = mapped_column(default=True)


class SubscriberFilter(db.Model):
    """One group of filters on a channel: groups are alternatives, the keys inside one must all match."""

    __tablename__ = "subscriber_filter"

    id: Mapped[IntKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), index=True)
    filters: Mapped[dict[str, Any]]
