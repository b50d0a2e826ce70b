"""Providers: configured accounts of a kind, and their health apart from it, since that changes with every lot."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models._columns import IntKey, partial_index


class Provider(db.Model):
    """``role``: inactive, primary or fallback; at most one primary a medium. ``secrets`` is encrypted."""

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint("role IN ('inactive', 'primary', 'fallback')", name="role"),
        partial_index("uq_provider_primary", "medium", where="role = 'primary'", unique=True),
    )

    id: Mapped[IntKey]
    name: Mapped[str] = mapped_column(String(50), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    medium: Mapped[str] = mapped_column(String(10))
    role: Mapped[str] = mapped_column(String(10), default="inactive")
    position: Mapped[int] = mapped_column(default=0)
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    health: Mapped["ProviderHealth"] = relationship(back_populates="provider", lazy="joined")


class ProviderHealth(db.Model):
    """How a provider fares; hot for every process, so it is written last in a lot's transaction."""

    __tablename__ = "provider_health"

    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    streak: Mapped[int] = mapped_column(default=0)
    paused_reason: Mapped[str | None] = mapped_column(String(30))
    paused_until: Mapped[datetime | None]
    proven_at: Mapped[datetime | None]
    provider: Mapped[Provider] = relationship(back_populates="health")
