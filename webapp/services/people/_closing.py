"""What goes with closing an account, whether a person closes it or the setup file does."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.models import api_token, sign_in
from webapp.models.roles import Signed
from webapp.services.subscribers import own


def lock_out(session: Session, *, user_id: int, by: str, now: datetime) -> None:
    """End all access by the account, for its person and for programs, and send nothing more to its own states address.
    Runs in the transaction that closes the account."""
    sign_in.end_sessions(session, user_id=user_id)
    api_token.revoke_all(session, user_id=user_id, now=now)
    own.hold(session, user_id=user_id, signed=Signed(by, now, "The account was closed."))
