"""Tokens of the API, by their hashes: the bearer of one acts in its owner's name."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, String, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import IntKey, UserRef, table_of
from webapp.models.user import User


class ApiToken(db.Model):
    """One token, by its hash. ``begins`` are its first characters, by which its owner knows it again."""

    __tablename__ = "api_token"

    id: Mapped[IntKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    begins: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[UserRef] = mapped_column(index=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(60))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


_user, _token = table_of(User), table_of(ApiToken)


def _live(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(_token.c.revoked_at.is_(None), or_(_token.c.expires_at.is_(None), _token.c.expires_at > now))


_CALLER = (
    select(_user, _token.c.id.label("token_id"), _token.c.scopes, _token.c.last_used_at)
    .join(_token, _token.c.user_id == _user.c.id)
    .where(_token.c.token_hash == bindparam("hash"), _live(bindparam("now")), _user.c.active)
)  # every request asks this: built once, and over tables instead of ORM objects


def caller_of(session: Session, *, token: str, now: datetime) -> Row[*tuple[Any, ...]] | None:
    """The token's owner (the columns), with ``token_id``, ``scopes`` and ``last_used_at``. None where the token never
    existed, has expired or been revoked, or its owner is inactive."""
    return session.connection().execute(_CALLER, {"hash": hash_of(token), "now": now}).one_or_none()


def listed(
    session: Session, *, user_id: int | None = None, now: datetime, most: int
) -> Sequence[tuple[ApiToken, User]]:
    """Tokens with their owners, of one person or of all: live ones first, then the others; the newest of each first."""
    asked = select(ApiToken, User).join(User, ApiToken.user_id == User.id)
    asked = asked.order_by(case((_live(now), 0), else_=1), ApiToken.id.desc()).limit(most)
    rows = session.execute(asked.where(ApiToken.user_id == user_id) if user_id is not None else asked)
    return [(row[0], row[1]) for row in rows]


def one_of(session: Session, *, id: int, username: str) -> tuple[ApiToken, User] | None:
    """The token with that id and its owner, if the owner's username is this."""
    asked = select(ApiToken, User).join(User, ApiToken.user_id == User.id)
    row = session.execute(asked.where(ApiToken.id == id, User.username == username)).first()
    return (row[0], row[1]) if row else None


def live_names(session: Session, *, user_id: int, now: datetime) -> set[str]:
    """The names of a person's live tokens."""
    return set(session.scalars(select(ApiToken.name).where(ApiToken.user_id == user_id, _live(now))))


def count_live(session: Session, *, user_id: int, now: datetime) -> int:
    """How many live tokens a person has."""
    asked = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user_id, _live(now))
    return session.scalar(asked) or 0


def locked(session: Session, *, id: int) -> ApiToken | None:
    """The token with that id, locked for this transaction."""
    return session.scalar(select(ApiToken).where(ApiToken.id == id).with_for_update())


def note_use(session: Session, *, id: int, now: datetime) -> None:
    """Note that it was just used; a clock that lags behind does not set this back."""
    before = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now)
    session.execute(update(ApiToken).where(ApiToken.id == id, before).values(last_used_at=now))


def revoke_all(session: Session, *, user_id: int, now: datetime) -> None:
    """Revoke all tokens of a person."""
    theirs = ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)
    session.execute(update(ApiToken).where(*theirs).values(revoked_at=now))


def hash_of(token: str) -> str:
    """What is stored of a token: it is long and random, so one round of hashing is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
