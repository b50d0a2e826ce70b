"""Signing in and out: a random token in the browser, its hash in the database."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.refusal import Missing, Refused
from webapp.domain.username import may_be_username
from webapp.extensions import db
from webapp.models import audit
from webapp.models import sign_in as rows
from webapp.models import user as users
from webapp.services.people import throttle
from webapp.services.people.accounts import Person, person
from webapp.services.people.passwords import fits, hashed, problem_in_password

LASTS = timedelta(days=30)  # from signing in; not prolonged by use, since looking at a page writes nothing
_WRONG = "This username and this password do not belong together."


def sign_in(*, username: str, password: str, address: str | None, now: datetime) -> tuple[Person, str]:
    """Who signed in, and the token for their browser. ``address`` is where the request came from.

    Raises Refused with the same words, after the same work, whether there is no such person, they are inactive, have
    no password, or typed another one; and Throttled after 10 failures in 5 minutes of one account or address.
    """
    name = _as_typed(username)
    tries = throttle.count(keys=(throttle.account(name), throttle.address(address)), now=now)
    user = users.named(db.session, name)
    who, kept = (person(user), user.password_hash) if user and user.active else (None, None)
    db.session.rollback()  # the hash below takes its time, and needs no transaction
    if not fits(kept, password) or who is None:
        raise Refused({"password": _WRONG})
    return who, _open(who, kept, tries=tries, now=now)


def sign_in_to_demo(*, username: str, now: datetime) -> tuple[Person, str]:
    """The same without a password, for the demo team only. Raises Missing for everybody else."""
    user = users.named(db.session, _as_typed(username))
    if user is None or not (user.demo and user.active):
        raise Missing({"username": "There is nobody of that name in the demo."})
    who = person(user)
    return who, _open(who, user.password_hash, tries=[], now=now)


def sign_out(*, token: str) -> None:
    """End one browser's session; a copy of its cookie is worth nothing from here on."""
    with writing(db.session) as session:
        rows.end_session(session, token=token)


def change_password(*, username: str, current: str, new: str, now: datetime) -> str:
    """A person's own change of password: it ends all their sessions. Returns the token of a new one for this browser,
    since a copy of its cookie must die, too.

    Raises Refused, and Throttled as signing in does: a session left open must not be a way to guess.
    """
    if problem := problem_in_password(new):
        raise Refused({"new": problem})
    tries = throttle.count(keys=(throttle.account(username),), now=now)
    kept = users.password_hash(db.session, username)
    db.session.rollback()
    if not fits(kept, current):
        raise Refused({"current": "This is not your present password."})
    new_hash = hashed(new)
    with writing(db.session) as session:
        user = users.named(session, username)
        if user is None:
            raise Missing({"username": "Your account is gone."})
        users.change(session, user, password_hash=new_hash)
        rows.end_sessions(session, user_id=user.id)
        audit.note(session, at=now, who=username, what="password changed", target=f"user:{username}")
        return _enter(session, user.id, tries=tries, now=now)


def person_of(*, token: str, now: datetime) -> Person | None:
    """Whose browser sent this token: as they are now, so that what was changed about them holds at once."""
    user = rows.person_of(db.session, token=token, now=now)
    return person(user) if user else None


def _as_typed(username: str) -> str:
    """The username that somebody meant; what cannot be one stays unknown, and harmless to look for."""
    name = username.strip().lower()
    return name if may_be_username(name) else "?"


def _open(who: Person, kept: str | None, *, tries: list[int], now: datetime) -> str:
    """Raises Refused where the password was changed, or the person made inactive, while the typed one was looked at."""
    with writing(db.session) as session:
        if not users.unchanged(session, who.id, password_hash=kept):
            raise Refused({"password": _WRONG})
        return _enter(session, who.id, tries=tries, now=now)


def _enter(session: Session, user_id: int, *, tries: list[int], now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    rows.forget_tries(session, tries)  # only failures count
    rows.open_session(session, token=token, user_id=user_id, now=now, until=now + LASTS)
    return token
