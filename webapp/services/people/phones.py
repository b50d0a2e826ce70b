"""Verifying a phone: a code goes to the number on record, and whoever types it holds that phone."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.role import Role
from webapp.domain.verification import Purpose
from webapp.extensions import db
from webapp.models import audit
from webapp.models import user as users
from webapp.models import verification as rows
from webapp.models.user import User
from webapp.services._bench import Bench
from webapp.services.people._code_checking import NOT_SENT, USED, Waiting, verify_code, waiting
from webapp.services.people._code_sending import Holder, holder, send_code

NO_PHONE = "There is no phone number on record. Save one first."
VERIFIED = "This phone is verified already."


def ask(*, username: str, bench: Bench) -> None:
    """Have a code sent to the person's phone, in place of the one before, which stays valid until then.

    Raises Throttled; Conflict where there is nothing to verify; and Refused where the code could not be sent, for an
    administrator with the far side's words.
    """
    with writing(db.session) as session:
        user = _named(session, username)
        to, role = _unverified(user), user.role
        id_ = rows.begin(session, user_id=user.id, purpose=Purpose.PHONE, phone=to.phone, now=bench.clock.now())
    send_code(to, verification=id_, bench=bench, far_words=role == Role.ADMIN.value)


def asked(*, username: str, now: datetime) -> Waiting | None:
    """What is known of the newest code for the person's phone; None where none was asked for."""
    with reading(db.session) as session:
        user = _named(session, username)
        row = rows.of_person(session, user_id=user.id, purpose=Purpose.PHONE)
        return waiting(row, now) if row else None


def prove(*, username: str, code: str, bench: Bench) -> None:
    """Mark the phone as the person's: they know the code that was sent to it. From now on SMS reach them.

    Raises Refused with a sentence. Never raises Throttled: a code allows five guesses, and sending codes is throttled.
    """
    with reading(db.session) as session:
        row = rows.of_person(session, user_id=_named(session, username).id, purpose=Purpose.PHONE)
        id_ = row.id if row else None
    if id_ is None:
        raise Refused({"code": NOT_SENT})
    verify_code(id_, typed=code, bench=bench)
    now = bench.clock.now()
    with writing(db.session) as session:
        user = _named(session, username, read=users.locked)  # else the number could change after this check
        if not rows.end(session, id_=id_, phone=user.phone, now=now):
            raise Refused({"code": USED})
        users.change(session, user, phone_verified_at=now)
        told = {"target": f"user:{username}", "after": {"phone": user.phone}}
        audit.note(session, at=now, who=username, what="phone verified", **told)


def _unverified(user: User) -> Holder:
    to = holder(user)
    if to is None:
        raise Conflict({"phone": NO_PHONE})
    if user.phone_verified_at:
        raise Conflict({"phone": VERIFIED})
    return to


def _named(session: Session, username: str, *, read: Callable[[Session, str], User | None] = users.named) -> User:
    user = read(session, username)
    if user is None or not user.active:
        raise Missing({"username": "Your account is gone."})
    return user
