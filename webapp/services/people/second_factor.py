"""The second factor: signing in also takes a code that is sent to the phone, or one of a list kept for its loss."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain.refusal import Conflict, Missing, refuse_if
from webapp.domain.text import LONGEST_WHY, problem_in_line
from webapp.domain.username import may_be_username
from webapp.domain.verification import RECOVERY_CODES, new_recovery_code, recovery_code_as_typed
from webapp.extensions import db
from webapp.models import audit, sign_in
from webapp.models import user as users
from webapp.models import verification as rows
from webapp.models.user import User
from webapp.services.people import _factor, sessions
from webapp.services.people.accounts import Person, person

UNVERIFIED = "Verify your phone first: codes have to reach you."
ON, OFF = "The second factor is on already.", "The second factor is off already."


@dataclass(frozen=True, slots=True)
class Changed:
    """The token of this browser's new session; and new recovery codes, which cannot be shown again."""

    token: str
    codes: tuple[str, ...] = ()


def turn_on(*, username: str, password: str, now: datetime) -> Changed:
    """From now on signing in takes a code, too. Raises Conflict where it does already, or the phone is not verified;
    Refused and Throttled for the password.

    All other sessions of the person end, here as in the two functions below.
    """
    return _change(username, password, "second factor turned on", _turn_on, now=now)


def turn_off(*, username: str, password: str, now: datetime) -> Changed:
    """From now on the password is enough. Raises as ``turn_on`` does."""
    return _change(username, password, "second factor turned off", _turn_off, now=now)


def renew_codes(*, username: str, password: str, now: datetime) -> Changed:
    """New recovery codes in place of those that are left. Raises as ``turn_on`` does."""
    return _change(username, password, "recovery codes renewed", _renew, now=now)


def codes_left(*, username: str) -> int:
    """How many of a person's recovery codes are unused."""
    with reading(db.session) as session:
        user = users.named(session, username)
        return rows.recovery_codes_left(session, user_id=user.id) if user else 0


def reset(*, username: str, reason: str, by: str, now: datetime) -> Person:
    """Turn it off for somebody else who has lost their phone and their recovery codes; they are signed out everywhere.

    Raises Missing, Refused for the reason, and Conflict where it is off, or for oneself: turning off one's own takes
    the password.
    """
    refuse_if({"reason": problem_in_line(reason, longest=LONGEST_WHY)})
    with writing(db.session) as session:
        user = users.named(session, username) if may_be_username(username) else None
        if user is None:
            raise Missing({"username": f"There is nobody named “{username[:50]}”."})
        if user.second_factor_at is None:
            raise Conflict({"username": f"{user.display_name} signs in without a second factor."})
        if username == by:
            raise Conflict({"username": "Turn your own off in your profile: that takes your password."})
        _factor.reset(session, user, by=by, reason=reason, now=now)
        return person(user)


Change = Callable[[Session, User, datetime], tuple[str, ...]]  # returns the recovery codes that it made


def _change(username: str, password: str, what: str, change: Change, *, now: datetime) -> Changed:
    """The common part of the three changes that people make for themselves."""
    proof = sessions.prove_password(username=username, password=password, now=now)
    with writing(db.session) as session:
        user = sessions.still_proven(session, proof)
        codes = change(session, user, now)
        sign_in.end_sessions(session, user_id=user.id)
        audit.note(session, at=now, who=username, what=what, target=f"user:{username}")
        return Changed(sessions.enter(session, user.id, tries=proof.tries, now=now), codes)


def _turn_on(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    if user.second_factor_at:
        raise Conflict({"second_factor": ON})
    if user.phone is None or user.phone_verified_at is None:
        raise Conflict({"second_factor": UNVERIFIED})
    users.change(session, user, second_factor_at=now)
    return _new_codes(session, user, now)


def _turn_off(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    if user.second_factor_at is None:
        raise Conflict({"second_factor": OFF})
    _factor.remove(session, user, now=now)
    return ()


def _renew(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    if user.second_factor_at is None:
        raise Conflict({"second_factor": OFF})
    return _new_codes(session, user, now)


def _new_codes(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    codes = tuple(new_recovery_code() for _ in range(RECOVERY_CODES))
    kept = map(recovery_code_as_typed, codes)
    rows.replace_recovery_codes(session, user_id=user.id, codes=kept, now=now)
    return codes
