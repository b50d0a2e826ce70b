"""Who is signed in, in which browser; and the tries that the throttle counts."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Row, String, bindparam, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.verification import Purpose
from webapp.extensions import db
from webapp.models import verification
from webapp.models._columns import LedgerKey, table_of
from webapp.models.user import User


class UserSession(db.Model):
    """One signed-in browser. Once its row is deleted, a copied cookie is worth nothing."""

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_user_id", "user_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Throttle(db.Model):
    """One try that counts against a key such as ``account:edith``."""

    __tablename__ = "throttle"
    __table_args__ = (Index("ix_throttle_key_at", "key", "at"),)

    id: Mapped[LedgerKey]
    key: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]


def open_session(session: Session, *, token: str, user_id: int, now: datetime, until: datetime) -> None:
    """Sign one browser in, and forget the sessions that have run out."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    session.add(UserSession(token_hash=_hash(token), user_id=user_id, created_at=now, expires_at=until))


_user, _session = table_of(User), table_of(UserSession)
# Every request asks this first: built once, and over tables, since an ORM object would take as long again.
_LIVE = (
    select(_user)
    .join(_session, _session.c.user_id == _user.c.id)
    .where(_session.c.token_hash == bindparam("token_hash"), _session.c.expires_at > bindparam("now"), _user.c.active)
)


def person_of(session: Session, *, token: str, now: datetime) -> Row[*tuple[Any, ...]] | None:
    """The columns of the session's user, by one statement; None where the session has ended or its user is inactive."""
    return session.connection().execute(_LIVE, {"token_hash": _hash(token), "now": now}).one_or_none()


def end_session(session: Session, *, token: str) -> None:
    """Sign one browser out."""
    session.execute(delete(UserSession).where(UserSession.token_hash == _hash(token)))


def end_sessions(session: Session, *, user_id: int, but: str | None = None) -> None:
    """Sign a person out everywhere, except in the browser whose token is ``but``. A sign-in that is under way has to
    begin again."""
    kept = _hash(but) if but else ""
    verification.forget(session, user_id=user_id, purpose=Purpose.SIGN_IN)
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_hash != kept))


def _hash(token: str) -> str:
    """What is stored of a token: it is long and random, so one round is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def hold_tries(session: Session) -> None:
    """Lock the tries for this transaction: nobody else counts or adds any. SQLite's writers are alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE throttle IN SHARE ROW EXCLUSIVE MODE"))


def latest_tries(session: Session, *, key: str, now: datetime, within: timedelta, most: int) -> Sequence[datetime]:
    """The times of the last tries, at most ``most``, within that time, the newest first."""
    tries = select(Throttle.at).where(Throttle.key == key, _counts(now, within))
    return session.scalars(tries.order_by(Throttle.at.desc()).limit(most)).all()


def add_tries(session: Session, *, keys: Sequence[str], now: datetime, within: timedelta) -> list[int]:
    """Count one try against each key, and forget those of the same sorts of keys that are older than ``within``.
    Returns the new rows' ids."""
    for sort in {key.partition(":")[0] for key in keys}:
        session.execute(delete(Throttle).where(Throttle.key.startswith(f"{sort}:"), ~_counts(now, within)))
    rows = [Throttle(key=key, at=now) for key in keys]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def _counts(now: datetime, within: timedelta) -> ColumnElement[bool]:
    """A try further ahead than ``within`` was counted under a clock that has since gone back: it does not count."""
    return (Throttle.at > now - within) & (Throttle.at <= now + within)


def forget_tries(session: Session, ids: Sequence[int]) -> None:
    """Take back tries that do not count after all: they succeeded."""
    session.execute(delete(Throttle).where(Throttle.id.in_(ids)))
