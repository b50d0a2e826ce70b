"""The audit: who changed what, when and why; append-only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.text import LONGEST_WHY
from webapp.extensions import db
from webapp.models._columns import LedgerKey


class AuditEvent(db.Model):
    """One change by a person or a command. ``before`` and ``after`` hold no secret."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_target", "target"),)

    id: Mapped[LedgerKey]
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(100))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None] = mapped_column(String(LONGEST_WHY))
    ip: Mapped[str | None] = mapped_column(String(45))


def note(
    session: Session,
    *,
    at: datetime,
    who: str,
    what: str,
    target: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
    ip: str | None = None,
) -> None:
    """Write down one change, in the transaction that makes it."""
    session.add(AuditEvent(at=at, who=who, what=what, target=target, before=before, after=after, reason=reason, ip=ip))


def note_all(session: Session, *, at: datetime, who: str, what: str, after: Mapping[str, dict[str, Any]]) -> None:
    """Write down the same change to many things; ``after`` is by target."""
    rows = [{"at": at, "who": who, "what": what, "target": target, "after": told} for target, told in after.items()]
    session.execute(insert(AuditEvent), rows)


def has(session: Session, *, what: str) -> bool:
    """Whether such a change was ever made."""
    return session.scalar(select(AuditEvent.id).where(AuditEvent.what == what).limit(1)) is not None
