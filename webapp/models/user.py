"""Users, the words they are found by, their sessions, and the tries that the throttle counts."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.role import Role
from webapp.extensions import db
from webapp.models._columns import IntKey, LedgerKey


class User(db.Model):
    """A person with an account."""

    __tablename__ = "user_account"  # "user" is a reserved word in PostgreSQL

    id: Mapped[IntKey]
    username: Mapped[str] = mapped_column(String(50), unique=True)
    display_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    phone_verified_at: Mapped[datetime | None]
    tz: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(16), default="en")
    role: Mapped[str] = mapped_column(String(10))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class UserWord(db.Model):
    """One word that a person can be found by; a search is a prefix scan over them on both databases."""

    __tablename__ = "user_word"

    word: Mapped[str] = mapped_column(String(254), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)


class UserSession(db.Model):
    """One signed-in browser. Its row gone, a copied cookie is worth nothing."""

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


def words_of(*texts: str | None) -> set[str]:
    """The words of some texts as they are searched for: small letters, whole texts and their parts."""
    lowered = [text.casefold() for text in texts if text]
    return {word[:254] for text in lowered for word in (text, *re.split(r"[\s.@_+\-]+", text)) if word}


def index_words(session: Session, users: Iterable[User]) -> None:
    """Write anew what these (flushed) users are found by."""
    users = list(users)
    session.execute(delete(UserWord).where(UserWord.user_id.in_([user.id for user in users])))
    session.add_all(
        UserWord(word=word, user_id=user.id)
        for user in users
        for word in sorted(words_of(user.username, user.display_name, user.email))
    )


def active_admins(session: Session) -> int:
    """How many could still administer."""
    count = select(func.count()).where(User.role == Role.ADMIN.value, User.active)
    return session.scalar(count) or 0
