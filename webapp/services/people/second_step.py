"""The second step of signing in: the password was right, but nobody is signed in until a code is right, too."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain.refusal import Missing, Refused, Throttled
from webapp.domain.verification import recovery_code_as_typed
from webapp.extensions import db
from webapp.models import audit
from webapp.models import verification as rows
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.services._bench import Bench
from webapp.services.people import sessions, throttle
from webapp.services.people._code_checking import USED, Waiting, verify_code, waiting
from webapp.services.people._code_sending import holder, send_code
from webapp.services.people.accounts import Person, person

LASTS = timedelta(minutes=30)  # counted from the password
_OVER = "This sign-in is over. Please begin again with your password."
_NO_PHONE = "No code can be sent: there is no phone number on record. Please use one of your recovery codes."
_NO_RECOVERY_CODE = "This is none of your recovery codes, or it has been used already: each is good once."


@dataclass(frozen=True, slots=True)
class Entered:
    """Who signed in, the token for their browser, and how many recovery codes are left where one was used."""

    who: Person
    token: str
    codes_left: int | None = None


def send_first(*, token: str, bench: Bench) -> None:
    """Have a code sent after the password was right. A code that was sent a moment ago is not sent again.

    Raises as ``send_another`` does.
    """
    try:
        send_another(token=token, bench=bench)
    except Throttled:
        if not asked(token=token, now=bench.clock.now()).good:
            raise


def send_another(*, token: str, bench: Bench) -> None:
    """Have another code sent, in place of the one before. Raises Missing where the sign-in is over, Throttled, and
    Refused where it could not be sent."""
    with reading(db.session) as session:
        row, user = _begun(session, token, bench.clock.now())
        if row.ended_at:
            raise Missing({"sign_in": _OVER})
        to, id_ = holder(user), row.id
    if to is None:
        raise Refused({"code": _NO_PHONE})
    send_code(to, verification=id_, bench=bench)


def asked(*, token: str, now: datetime) -> Waiting:
    """What is known of the newest code. Raises Missing where the sign-in is over."""
    with reading(db.session) as session:
        row, _ = _begun(session, token, now)
        return waiting(row, now)


def enter_by_code(*, token: str, code: str, address: str | None, bench: Bench) -> Entered:
    """Sign in by the code that was sent.

    Raises Refused with a sentence where the code is wrong; Throttled as for passwords; Missing where the sign-in is
    over: begun too long ago, or the password, phone or second factor was changed, or the account closed.
    """
    now = bench.clock.now()
    tries, id_ = _count(token, address, now)
    verify_code(id_, typed=code, bench=bench)
    with writing(db.session) as session:
        row, user = _begun(session, token, now)
        if not rows.end(session, id_=row.id, phone=row.phone, now=now):
            raise Refused({"code": USED})
        return _enter(session, user, tries, now)


def enter_by_recovery_code(*, token: str, code: str, address: str | None, now: datetime) -> Entered:
    """Sign in by a recovery code, which is then used up. Raises as ``enter_by_code`` does."""
    tries, _ = _count(token, address, now)
    with writing(db.session) as session:
        row, user = _begun(session, token, now)
        if not rows.use_recovery_code(session, user_id=user.id, code=recovery_code_as_typed(code), now=now):
            raise Refused({"recovery": _NO_RECOVERY_CODE})
        if not rows.end(session, id_=row.id, phone=row.phone, now=now):
            raise Missing({"sign_in": _OVER})
        left = rows.recovery_codes_left(session, user_id=user.id)
        target, after = f"user:{user.username}", {"left": left}
        audit.note(
            session, at=now, who=user.username, what="recovery code used", target=target, after=after, ip=address
        )
        return _enter(session, user, tries, now, codes_left=left)


def _count(token: str, address: str | None, now: datetime) -> tuple[list[int], str]:
    """Count one guess before it is checked. Returns the guesses' ids, and the verification they are for."""
    with reading(db.session) as session:
        row, user = _begun(session, token, now)
        id_, keys = row.id, (throttle.account(user.username), throttle.address(address))
    return throttle.count(keys=keys, now=now, field="code"), id_


def _begun(session: Session, token: str, now: datetime) -> tuple[Verification, User]:
    """The browser's sign-in, if it may still go on. Changes of password, role or second factor delete it; the remaining
    conditions are checked here."""
    row = rows.of_browser(session, token=token, since=now - LASTS)
    user = session.get(User, row.user_id) if row else None
    goes_on = user and user.active and user.second_factor_at
    if row is None or user is None or not goes_on or row.phone != (user.phone or ""):
        raise Missing({"sign_in": _OVER})
    return row, user


def _enter(session: Session, user: User, tries: list[int], now: datetime, *, codes_left: int | None = None) -> Entered:
    return Entered(person(user), sessions.enter(session, user.id, tries=tries, now=now), codes_left)
