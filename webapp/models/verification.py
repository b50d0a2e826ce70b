"""Proofs that somebody holds a phone: a code on its way, and the recovery codes for a phone that is lost."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models._columns import IntKey, UlidKey


class Verification(db.Model):
    """One code that was sent to a phone. Either ``far_id`` names it at the provider that made it, or ``code_hash`` is
    what is kept of our own. ``token_hash`` is the browser's that signs in with it."""

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_user_id", "user_id"),)

    id: Mapped[UlidKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(10))  # "phone" or "sign-in"
    phone: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    far_id: Mapped[str | None] = mapped_column(String(64))
    code_hash: Mapped[str | None] = mapped_column(String(200))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecoveryCode(db.Model):
    """One of the codes that stand in for a phone that is lost; each is good once."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_user_id", "user_id"),)

    id: Mapped[IntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
