"""The last tests of a provider: the results come from the log of tries, who asked for each from the audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, literal_column, select
from sqlalchemy.orm import Session

from webapp.domain.masked import masked
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models import audit
from webapp.models.audit import AuditEvent
from webapp.models.envelope import Attempt
from webapp.services.providers._rows import named, target

LAST = 5  # tests that are told
TRIGGER = "test"
WHAT = "provider tested"  # as the audit has it


@dataclass(frozen=True, slots=True)
class Tested:
    """One test. ``to`` is masked; ``reason`` is why it failed, None where it was handed over; ``phase`` is the last
    step, ``reply`` the far side's words. ``typed``: it used settings that were not saved."""

    at: datetime
    by: str | None
    to: str | None
    ms: int
    phase: str
    reason: Reason | None
    reply: str
    typed: bool


def note(session: Session, *, target: str, at: datetime, by: str, to: str, reason: str | None) -> None:
    """Note in the audit who asked for a test; ``at`` is when its try began."""
    told = {"to": masked(to), "outcome": reason or "accepted"}
    audit.note(session, at=at, who=by, what=WHAT, target=target, after=told)


def last(*, name: str) -> list[Tested]:
    """The newest tests first, of saved and of unsaved settings. Raises Missing."""
    row = named(db.session, name)
    asked = and_(AuditEvent.target == target(name), AuditEvent.what == WHAT, AuditEvent.at == Attempt.started_at)
    tests = (
        select(Attempt, AuditEvent.who, AuditEvent.after)
        .outerjoin(AuditEvent, asked)
        .where(Attempt.provider_id == row.id, Attempt.trigger == literal_column("'test'"))  # in the index's words
        .order_by(Attempt.id.desc())
        .limit(LAST)
    )
    return [_tested(*found) for found in db.session.execute(tests)]


def _tested(attempt: Attempt, who: str | None, told: dict[str, str] | None) -> Tested:
    return Tested(
        at=attempt.started_at,
        by=who,
        to=(told or {}).get("to"),
        ms=attempt.ms,
        phase=attempt.phase,
        reason=Reason(attempt.reason) if attempt.reason else None,
        reply=attempt.reply,
        typed=attempt.provider_version is None,
    )
