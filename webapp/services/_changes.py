"""Two people at one form: who was faster, said to the slower one."""

from sqlalchemy import select

from webapp.domain.refusal import Conflict
from webapp.extensions import db
from webapp.models.audit import AuditEvent


def changed_meanwhile(target: str) -> Conflict:
    """The refusal for a form that was filled in from a version that is no longer the newest; it names who changed it.

    ``target`` is as the audit has it, such as ``channel:team.news``. Call it outside a write transaction.
    """
    last = select(AuditEvent.who).where(AuditEvent.target == target).order_by(AuditEvent.id.desc()).limit(1)
    who = db.session.scalar(last) or "Somebody else"
    sentence = f"{who} changed this after you opened it. Nothing of yours was saved: look at it as it is now."
    return Conflict({"version": sentence})
