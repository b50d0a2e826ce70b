"""Turning off the second factor, inside the caller's transaction: by the person, or for them."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.models import audit, sign_in, verification
from webapp.models import user as users
from webapp.models.user import User


def remove(session: Session, user: User, *, now: datetime) -> None:
    """From now on the password is enough, and the recovery codes are void."""
    users.change(session, user, second_factor_at=None)
    verification.replace_recovery_codes(session, user_id=user.id, codes=(), now=now)


def reset(session: Session, user: User, *, by: str, reason: str, now: datetime) -> None:
    """Turn it off for somebody else, with a reason, and sign that person out everywhere."""
    since = user.second_factor_at.isoformat() if user.second_factor_at else None
    remove(session, user, now=now)
    sign_in.end_sessions(session, user_id=user.id)
    told = {"target": f"user:{user.username}", "before": {"second_factor_at": since}, "reason": reason}
    audit.note(session, at=now, who=by, what="second factor reset", **told)
