"""Envelopes, the bodies they share, and the attempts to send them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models._columns import ChannelRef, IntKey, LedgerKey, UlidKey


class Body(db.Model):
    """Rendered text, stored once however many people receive it."""

    __tablename__ = "body"

    id: Mapped[IntKey]
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)


class Envelope(db.Model):
    """What is really sent, committed before its first try and sent again as it is by every automatic retry."""

    __tablename__ = "envelope"

    id: Mapped[UlidKey]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"))
    channel_id: Mapped[ChannelRef]
    medium: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(2000))
    message_id_header: Mapped[str | None] = mapped_column(String(300))
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    variables: Mapped[dict[str, Any]]
    digest: Mapped[str | None] = mapped_column(String(64))
    replaces: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime]


class Attempt(db.Model):
    """One try, written once and never changed. ``counted``: whether it spent one of the delivery's tries."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_envelope_id_id", "envelope_id", "id"),)

    id: Mapped[LedgerKey]
    envelope_id: Mapped[str | None] = mapped_column(ForeignKey("envelope.id"))
    delivery_id: Mapped[str | None] = mapped_column(String(26))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    provider_version: Mapped[int | None]
    generation: Mapped[int]
    number: Mapped[int]
    started_at: Mapped[datetime]
    ms: Mapped[int]
    phase: Mapped[str] = mapped_column(String(30))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(30))
    certainty: Mapped[str | None] = mapped_column(String(20))
    counted: Mapped[bool]
    reply: Mapped[str] = mapped_column(Text)
    phases: Mapped[list[Any] | None]
    trigger: Mapped[str] = mapped_column(String(20))
    process: Mapped[str] = mapped_column(String(100))
