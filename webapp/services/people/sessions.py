"""Signing in and out: a random token in the browser, its hash in the database."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.refusal import Missing, Refused
from webapp.domain.username import may_be_username
from webapp.domain.verification import Purpose
from webapp.extensions import db
from webapp.models import audit, verification
from webapp.models import sign_in as rows
from webapp.models import user as users
from webapp.models.user import User
from webapp.services.people import throttle
from webapp.services.people.accounts import Person, person
from webapp.services.people.passwords import fits, hashed, problem_in_password

LASTS = timedelta(days=30)  # from signing in; not prolonged by use, since looking at a page writes nothing
_WRONG = "This username and this password do not belong together."


@dataclass(frozen=True, slots=True)
class HalfWay:
    """The password was right, but a second factor is needed: nobody is signed in yet. ``token`` is for the browser, to
    go on with (``second_step``)."""

    token: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A person's password was right a moment ago: its hash at that time, and the guesses that it took."""

    username: str
    kept: str | None
    tries: list[int]


def sign_in(*, username: str, password: str, address: str | None, now: datetime) -> tuple[Person, str] | HalfWay:
    """Who signed in, and the token for their browser, or HalfWay where a second factor is needed. ``address`` is the
    client's.

    Raises Refused, with the same words and after the same work, whether there is no such person, they are inactive,
    have no password, or typed a wrong one. Raises Throttled after 10 failures in 5 minutes of one account or address.
    """
    name = _as_typed(username)
    tries = throttle.count(keys=(throttle.account(name), throttle.address(address)), now=now)
    user = users.named(db.session, name)
    who, kept = (person(user), user.password_hash) if user and user.active and not user.service else (None, None)
    db.session.rollback()  # hashing takes a while, and needs no transaction
    if not fits(kept, password) or who is None:
        raise Refused({"password": _WRONG})
    with writing(db.session) as session:
        user = _unchanged(session, who, kept)
        if user.second_factor_at:
            return _go_on(session, user, tries=tries, now=now)
        return who, enter(session, user.id, tries=tries, now=now)


def sign_in_to_demo(*, username: str, now: datetime) -> tuple[Person, str]:
    """The same without a password or a second factor, for the demo team only. Raises Missing for everybody else."""
    user = users.named(db.session, _as_typed(username))
    if user is None or not (user.demo and user.active):
        raise Missing({"username": "There is nobody of that name in the demo."})
    who, kept = person(user), user.password_hash
    with writing(db.session) as session:
        return who, enter(session, _unchanged(session, who, kept).id, tries=[], now=now)


def sign_out(*, token: str) -> None:
    """End one browser's session; a copy of its cookie is void from now on."""
    with writing(db.session) as session:
        rows.end_session(session, token=token)


def change_password(*, username: str, current: str, new: str, now: datetime) -> str:
    """Change one's own password. Ends all of one's sessions, but none of the tokens. Returns the token of a new session
    for this browser: a copy of its old cookie must become void, too.

    Raises Refused, and Throttled as signing in does: a session left open must not be a way to guess.
    """
    if problem := problem_in_password(new):
        raise Refused({"new": problem})
    proof = prove_password(username=username, password=current, now=now)
    new_hash = hashed(new)
    with writing(db.session) as session:
        user = still_proven(session, proof)
        users.change(session, user, password_hash=new_hash)
        rows.end_sessions(session, user_id=user.id)
        audit.note(session, at=now, who=username, what="password changed", target=f"user:{username}")
        return enter(session, user.id, tries=proof.tries, now=now)


def prove_password(*, username: str, password: str, now: datetime) -> Proof:
    """Prove, before a sensitive change, that it is the person who uses this session and not somebody who found it open.
    Raises Refused, and Throttled as signing in does: it must not be a way to guess."""
    tries = throttle.count(keys=(throttle.account(username),), now=now, field="current")
    kept = users.password_hash(db.session, username)
    db.session.rollback()
    if not fits(kept, password):
        raise Refused({"current": "This is not your present password."})
    return Proof(username, kept, tries)


def still_proven(session: Session, proof: Proof) -> User:
    """The person, locked in the transaction that acts on the proof. Raises Missing, and Refused where the password was
    changed meanwhile."""
    user = users.locked(session, proof.username)
    if user is None:
        raise Missing({"username": "Your account is gone."})
    if not user.active or user.password_hash != proof.kept:
        raise Refused({"current": "Your password has just been changed. Please type the new one."})
    return user


def person_of(*, token: str, now: datetime) -> Person | None:
    """The person whose browser sent this token, read anew, so that changes to them take effect at once."""
    user = rows.person_of(db.session, token=token, now=now)
    return person(user) if user else None


def _as_typed(username: str) -> str:
    """The username that was meant; a text that cannot be one matches nobody, and is harmless to look up."""
    name = username.strip().lower()
    return name if may_be_username(name) else "?"


def _unchanged(session: Session, who: Person, kept: str | None) -> User:
    """The person's row. Raises Refused where the password was changed, or the person deactivated, while the typed one
    was checked."""
    if not users.unchanged(session, who.id, password_hash=kept):
        raise Refused({"password": _WRONG})
    return session.get_one(User, who.id)


def _go_on(session: Session, user: User, *, tries: list[int], now: datetime) -> HalfWay:
    """Also where there is no phone on record (any more): then a recovery code is needed."""
    token, phone = secrets.token_urlsafe(32), user.phone or ""
    rows.forget_tries(session, tries)
    verification.begin(session, user_id=user.id, purpose=Purpose.SIGN_IN, phone=phone, now=now, token=token)
    return HalfWay(token)


def enter(session: Session, user_id: int, *, tries: list[int], now: datetime) -> str:
    """Open a session, in a transaction in which everything needed has been proven. Returns its token."""
    token = secrets.token_urlsafe(32)
    rows.forget_tries(session, tries)  # only failures count
    rows.open_session(session, token=token, user_id=user_id, now=now, until=now + LASTS)
    return token
