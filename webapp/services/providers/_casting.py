"""Who plays which role: what follows for what waits, and what the audit says of it. Inside the caller's transaction,
which holds the lock on providers."""

from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.reason import Reason
from webapp.models import audit, holding, roles
from webapp.models.provider import Provider
from webapp.models.roles import Signed
from webapp.services.providers._rows import target


def make_primary(session: Session, row: Provider, signed: Signed, *, keep: bool = False) -> tuple[Provider | None, int]:
    """Gives the one that was primary before, and how many deliveries went back into the queue."""
    was, former = row.role, roles.make_primary(session, row, signed, keep=keep)
    before = {"role": was, **({"instead of": former.name} if former else {})}
    note(session, row, "provider activated", signed, before=before)
    if former:
        what = "provider made fallback" if keep else "provider deactivated"
        note(session, former, what, signed, before={"role": roles.PRIMARY}, after={"for": row.name})
    return former, release(session, row.medium, signed, Reason.NO_PROVIDER, Reason.PROVIDER_PAUSED)


def make_fallback(session: Session, row: Provider, signed: Signed) -> int:
    """Gives how many deliveries went back into the queue: those that wait for a paused primary may go by it."""
    before = {"role": row.role}
    roles.make_fallback(session, row, signed)
    note(session, row, "provider made fallback", signed, before=before)
    return release(session, row.medium, signed, Reason.PROVIDER_PAUSED)


def make_inactive(session: Session, row: Provider, signed: Signed, *, then: str = "") -> None:
    """What waits for it is the caller's to see to: ``then`` says what becomes of that."""
    before = {"role": row.role}
    roles.make_inactive(session, row, signed)
    note(session, row, "provider deactivated", signed, before=before, after={"then": then} if then else None)


def release(session: Session, medium: str, signed: Signed, *reasons: Reason) -> int:
    """Back into the queue goes what waited for one of these reasons."""
    return sum(
        holding.release(session, medium=medium, reason=reason, now=signed.at, by=signed.by) for reason in reasons
    )


def strand(session: Session, medium: str, signed: Signed) -> int:
    """What was to go out waits for another provider, also what waited for a pause to end: all of that, since no sweep
    comes for it any more; of the rest, as much as one transaction may hold. Gives how many have moved."""
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
