"""Changing providers' roles, with what follows for the deliveries that wait, and the lines in the audit. Inside the
caller's transaction, which holds the lock on providers."""

from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.reason import Reason
from webapp.models import audit, holding, roles
from webapp.models.provider import Provider
from webapp.models.roles import Signed
from webapp.services.providers._rows import target


def make_primary(session: Session, row: Provider, signed: Signed, *, keep: bool = False) -> tuple[Provider | None, int]:
    """Returns the former primary, and how many deliveries returned to the queue."""
    was, former = row.role, roles.make_primary(session, row, signed, keep=keep)
    before = {"role": was, **({"instead of": former.name} if former else {})}
    note(session, row, "provider activated", signed, before=before)
    if former:
        what = "provider made fallback" if keep else "provider deactivated"
        note(session, former, what, signed, before={"role": roles.PRIMARY}, after={"for": row.name})
    return former, release(session, row.medium, signed, Reason.NO_PROVIDER, Reason.PROVIDER_PAUSED)


def make_fallback(session: Session, row: Provider, signed: Signed) -> int:
    """Returns how many deliveries returned to the queue: those that waited for a paused primary may use the
    fallback."""
    before = {"role": row.role}
    roles.make_fallback(session, row, signed)
    note(session, row, "provider made fallback", signed, before=before)
    return release(session, row.medium, signed, Reason.PROVIDER_PAUSED)


def make_inactive(session: Session, row: Provider, signed: Signed, *, then: str = "") -> None:
    """Only changes the role: the caller deals with the deliveries that wait for it. ``then`` tells the audit how."""
    before = {"role": row.role}
    roles.make_inactive(session, row, signed)
    note(session, row, "provider deactivated", signed, before=before, after={"then": then} if then else None)


def release(session: Session, medium: str, signed: Signed, *reasons: Reason) -> int:
    """Return to the queue what was held for one of these reasons; returns how many."""
    return sum(
        holding.release(session, medium=medium, reason=reason, now=signed.at, by=signed.by) for reason in reasons
    )


def strand(session: Session, medium: str, signed: Signed) -> int:
    """Hold what was to go out until there is another provider. What was held for a pause moves in full, since no sweep
    will come for it any more; of the rest, as much as one transaction may hold. Returns how many moved."""
    holding.release(session, medium=medium, reason=Reason.PROVIDER_PAUSED, now=signed.at, by=signed.by, everything=True)
    return holding.strand(session, medium=medium, reason=Reason.NO_PROVIDER, now=signed.at, by=signed.by)


def note(
    session: Session,
    row: Provider,
    what: str,
    signed: Signed,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One line of the audit."""
    audit.note(
        session,
        at=signed.at,
        who=signed.by,
        what=what,
        target=target(row.name),
        before=before,
        after=after,
        reason=signed.why,
    )
