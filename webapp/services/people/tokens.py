"""Tokens: how a program acts in the name of a person, or of an account of its own.

A token outlives a change of its person's password: it does not depend on it, and nobody would change a password if
every program then stopped. Making a token takes the password, so that a session left open cannot be turned into lasting
access. A token ends on its day, when it is revoked, and with its account.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from webapp.database import STORAGE_TROUBLE, reading, writing, writing_at_once
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.scope import Scope
from webapp.domain.username import may_be_username
from webapp.extensions import db
from webapp.models import api_token as rows
from webapp.models import audit, sign_in
from webapp.models import user as users
from webapp.models.api_token import ApiToken
from webapp.models.user import User
from webapp.services.people import sessions
from webapp.services.people._new_token import check_new
from webapp.services.people.accounts import Person, person

BEGINS_WITH = "bel_"  # makes a token recognisable wherever it turns up
USUAL = timedelta(days=90)
MOST_LISTED = 200  # more than one account can have valid ones
USE_IS_NOTED_AFTER = timedelta(minutes=1)
_SHOWN = 12  # characters by which its owner recognises a token


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by which token, and its scopes."""

    person: Person
    token_id: int
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its owner sees it. ``state``: good, expired or revoked. A time is None where the token never expires,
    was never used, or was not revoked."""

    id: int
    username: str
    name: str
    begins: str
    scopes: tuple[Scope, ...]
    state: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Made:
    """A token that was just made. ``secret`` is the whole token, shown this once: only its hash is stored."""

    token: Token
    secret: str


def make(
    *, username: str, name: str, scopes: Collection[str], expires_at: datetime | None, by: str, now: datetime
) -> Made:
    """A new token for any account, for the operator of the installation; screens make tokens only for oneself or for a
    program.

    Raises Missing; Conflict where the account is inactive; Refused for a name that another valid token of the account
    has, for scopes beyond its role, and for an end that has passed or is more than a year away.
    """

    def find(session: Session) -> User:  # locked: nobody can deactivate the account meanwhile
        return _named(session, username, read=users.locked)

    return _make(find, name, scopes, expires_at, by=by, now=now)


def program(*, username: str) -> Person:
    """The service account of that name. Raises Missing, and Conflict for a person's account."""
    return person(_program(_named(db.session, username)))


def make_for_program(
    *, username: str, name: str, scopes: Collection[str], expires_at: datetime | None, by: str, now: datetime
) -> Made:
    """The same for service accounts only. Raises Conflict for a person's account, too."""

    def find(session: Session) -> User:
        return _program(_named(session, username, read=users.locked))

    return _make(find, name, scopes, expires_at, by=by, now=now)


def make_own(
    *, username: str, password: str, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> Made:
    """The same for oneself, which takes the password. Raises Refused and Throttled for that, too."""
    proof = sessions.prove_password(username=username, password=password, now=now)

    def prove(session: Session) -> User:
        sign_in.forget_tries(session, proof.tries)
        return sessions.still_proven(session, proof)

    return _make(prove, name, scopes, expires_at, by=username, now=now)


def account_tokens(*, username: str, now: datetime) -> list[Token]:
    """An account's tokens: the valid ones first, each group newest first. Raises Missing."""
    with reading(db.session) as session:
        found = rows.listed(session, user_id=_named(session, username).id, now=now, most=MOST_LISTED)
        return [_token(row, whose, now) for row, whose in found]


def listed(*, now: datetime) -> list[Token]:
    """Everybody's tokens, in the same order."""
    with reading(db.session) as session:
        return [_token(row, whose, now) for row, whose in rows.listed(session, now=now, most=MOST_LISTED)]


def get(*, id: int, username: str, now: datetime) -> Token:
    """One of somebody's tokens. Raises Missing, also for somebody else's."""
    with reading(db.session) as session:
        if (found := rows.one_of(session, id=id, username=username)) is None:
            raise _no_such()
        return _token(*found, now)


def count_good(*, username: str, now: datetime) -> int:
    """How many of somebody's tokens are valid. Raises Missing."""
    with reading(db.session) as session:
        return rows.count_live(session, user_id=_named(session, username).id, now=now)


def revoke(*, id: int, by: str, now: datetime, username: str | None = None) -> Token:
    """End the token from the next request on. Raises Missing, also where it is not one of ``username``'s; and Conflict
    where it was revoked before."""
    with writing(db.session) as session:
        row = rows.locked(session, id=id)
        whose = session.get_one(User, row.user_id) if row else None
        if row is None or whose is None or (username is not None and whose.username != username):
            raise _no_such()
        if row.revoked_at:
            raise Conflict({"token": f"“{row.name}” is revoked already."})
        row.revoked_at = now
        audit.note(session, at=now, who=by, what="token revoked", target=_target(whose), before=_told(row))
        return _token(row, whose, now)


def caller_of(*, token: str, now: datetime) -> Caller | None:
    """Who calls with this token; None where it is not (or no longer) valid."""
    if not token.startswith(BEGINS_WITH) or not (found := rows.caller_of(db.session, token=token, now=now)):
        return None
    caller = Caller(person(found), found.token_id, frozenset(_scopes(found)))
    if found.last_used_at is None or now - found.last_used_at >= USE_IS_NOTED_AFTER:
        _note_use(caller, now)
    return caller


def _note_use(caller: Caller, now: datetime) -> None:
    """Note when the token was used, without waiting: while the database is busy, the next request will note it."""
    try:
        with writing_at_once(db.session) as session:
            rows.note_use(session, id=caller.token_id, now=now)
    except STORAGE_TROUBLE:
        return


def _make(
    owner: Callable[[Session], User], name: str, scopes: Collection[str], expires_at: datetime | None, *, by: str,
    now: datetime,
) -> Made:  # fmt: skip
    secret = BEGINS_WITH + secrets.token_urlsafe(32)
    with writing(db.session) as session:
        user = owner(session)
        check_new(session, user, name=name, scopes=scopes, expires_at=expires_at, now=now)
        row = ApiToken(
            token_hash=rows.hash_of(secret),
            begins=secret[:_SHOWN],
            name=name,
            user_id=user.id,
            scopes=sorted(set(scopes)),
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
        session.add(row)
        session.flush()
        audit.note(session, at=now, who=by, what="token made", target=_target(user), after=_told(row))
        return Made(_token(row, user, now), secret)


def _scopes(row: ApiToken | Row[*tuple[Any, ...]]) -> tuple[Scope, ...]:
    """The scopes that this version knows; others, such as those of a later version, count for nothing."""
    given = set(row.scopes)
    return tuple([scope for scope in Scope if scope in given])


def _token(row: ApiToken, whose: User, now: datetime) -> Token:
    expired = row.expires_at is not None and row.expires_at <= now
    same = ("id", "name", "begins", "created_at", "created_by", "expires_at", "last_used_at", "revoked_at")
    return Token(
        username=whose.username,
        scopes=_scopes(row),
        state="revoked" if row.revoked_at else "expired" if expired else "good",
        **{name: getattr(row, name) for name in same},
    )


def _told(row: ApiToken) -> dict[str, object]:
    """What the audit stores of a token: nothing by which it could be used."""
    end = row.expires_at.isoformat() if row.expires_at else None
    return {"token": row.id, "begins": row.begins, "name": row.name, "scopes": row.scopes, "expires_at": end}


def _target(user: User) -> str:
    return f"user:{user.username}"


def _named(session: Session, username: str, *, read: Callable[[Session, str], User | None] = users.named) -> User:
    user = read(session, username) if may_be_username(username) else None
    if user is None:
        raise Missing({"username": f"There is nobody named “{username[:50]}”."})
    return user


def _program(user: User) -> User:
    if not user.service:
        said = "makes tokens in their own profile. Only for a service account somebody else does."
        raise Conflict({"username": f"{user.display_name} {said}"})
    return user


def _no_such() -> Refused:
    return Missing({"token": "There is no such token."})
