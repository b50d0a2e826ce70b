"""Signing in and out: a random token in the browser, its hash in the database."""

import hashlib
from datetime import datetime, timedelta

from webapp.extensions import db
from webapp.models import sign_in as rows
from webapp.services.accounts import Person, person

LASTS = timedelta(days=30)  # from signing in; not prolonged by use, since looking at a page writes nothing


def person_of(*, token: str, now: datetime) -> Person | None:
    """Whose browser sent this token: as they are now, so that what was changed about them holds at once."""
    user = rows.person_of(db.session, token_hash=token_hash(token), now=now)
    return person(user) if user else None


def token_hash(token: str) -> str:
    """What is stored of a token; the token itself is long and random, so one round is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
