"""Tokens: how a program acts in the name of a person, or of an account of its own."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from webapp.database import writing
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import api
from webapp.models.api import ApiToken
from webapp.services.people.accounts import Person, person

BEGINS_WITH = "bel_"  # so that a token is known as one wherever it turns up
_SHOWN = 12  # characters, by which its owner knows it again


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by which token, and what that is for."""

    person: Person
    token_id: int
    scopes: frozenset[Scope]


def make(
    *, user_id: int, name: str, scopes: Collection[Scope], expires_at: datetime | None, by: str, now: datetime
) -> str:
    """A new token, which is told this once: only its hash is kept."""
    token = BEGINS_WITH + secrets.token_urlsafe(32)
    with writing(db.session) as session:
        row = ApiToken(
            token_hash=api.hash_of(token),
            begins=token[:_SHOWN],
            name=name,
            user_id=user_id,
            scopes=sorted(scopes),
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
        session.add(row)
    return token


def caller_of(*, token: str, now: datetime) -> Caller | None:
    """Who calls with this token; None where it is not (any longer) good for anything."""
    if not token.startswith(BEGINS_WITH) or not (found := api.caller_of(db.session, token=token, now=now)):
        return None
    row, user = found
    return Caller(person(user), row.id, frozenset(Scope(scope) for scope in row.scopes if scope in set(Scope)))
