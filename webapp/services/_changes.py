"""Optimistic locking: the refusal for whoever saves a form that somebody else has changed meanwhile."""

from sqlalchemy import select

from webapp.domain.refusal import Conflict
from webapp.extensions import db
from webapp.models.audit import AuditEvent


def changed_meanwhile(target: str, *changes: str) -> Conflict:
    """The refusal for a form that was filled in from an outdated version; it names who made the newer one.

    ``target`` and ``changes`` are as in the audit, such as ``channel:team.news`` and ``channel changed``; ``changes``
    are the events that make a new version. Call it outside a write transaction.
    """
    them = select(AuditEvent.who).where(AuditEvent.target == target, AuditEvent.what.in_(changes))
    who = db.session.scalar(them.order_by(AuditEvent.id.desc()).limit(1)) or "Somebody else"
    sentence = f"{who} changed this after you opened it. Nothing of yours was saved: look at it as it is now."
    return Conflict({"version": sentence})
