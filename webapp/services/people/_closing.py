"""What goes with closing an account, whoever does it: a person, or the file of an installation."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.models import api_token, sign_in
from webapp.models.roles import Signed
from webapp.services.subscribers import own


def lock_out(session: Session, *, user_id: int, by: str, now: datetime) -> None:
    """Nobody and no program acts as it any more, and nothing is told to its own address. In the transaction that closes
    the account."""
    sign_in.end_sessions(session, user_id=user_id)
    api_token.revoke_all(session, user_id=user_id, now=now)
    own.hold(session, user_id=user_id, signed=Signed(by, now, "The account was closed."))
