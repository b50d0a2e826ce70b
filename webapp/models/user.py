"""Users, and the words they are found by."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Select, String, Text, delete, false, func, insert, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.role import Role
from webapp.extensions import db
from webapp.models._among import among
from webapp.models._columns import IntKey, table_of

# Ordered by bytes: PostgreSQL has to be told so, SQLite always does it.
BYTE_ORDERED = String(254).with_variant(String(254, collation="C"), "postgresql")


class User(db.Model):
    """A person with an account, or a program (``service``), which has tokens and no password."""

    __tablename__ = "user_account"  # "user" is a reserved word in PostgreSQL

    id: Mapped[IntKey]
    username: Mapped[str] = mapped_column(String(50), unique=True)
    display_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    phone_verified_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]  # since when signing in also takes a code that is sent to the phone
    tz: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(16), default="en_GB")
    unread_after_s: Mapped[int | None]  # they want e-mail only of what has stayed unread for so long
    role: Mapped[str] = mapped_column(String(10))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    service: Mapped[bool] = mapped_column(default=False, server_default=false())
    password_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


# A program with that role does not count: nobody can sign in as it.
_ADMINS = select(User.id).where(User.role == Role.ADMIN.value, User.active, User.service.is_(False))
_PLACE = func.lower(User.display_name), User.id  # in the order of people's names


class UserWord(db.Model):
    """One word that a person can be found by; a search is a prefix scan over them on both databases."""

    __tablename__ = "user_word"

    word: Mapped[str] = mapped_column(BYTE_ORDERED, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)


def words_of(*texts: str | None) -> set[str]:
    """The words by which texts are found: in lower case, each whole text and its parts."""
    lowered = [text.casefold() for text in texts if text]
    return {word[:254] for text in lowered for word in (text, *re.split(r"[\s.@_+\-]+", text)) if word}


def add(session: Session, **columns: Any) -> User:
    """A new person, with the words to find them by. Raises IntegrityError where the username is taken."""
    user = User(**columns)
    session.add(user)
    session.flush()
    index_words(session, [user])
    return user


def add_all(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Many new people at once, each with the words to find them by. Raises IntegrityError where a username is taken."""
    made = session.execute(insert(User).returning(User.username, User.id), rows)
    ids: dict[str, int] = dict(made.all())
    words = [
        {"word": word, "user_id": ids[row["username"]]}
        for row in rows
        for word in sorted(words_of(row["username"], row["display_name"], row["email"]))
    ]
    session.execute(insert(table_of(UserWord)), words)


def change(session: Session, user: User, **columns: Any) -> None:
    """Change the given columns, and the words that the person is found by. ``user`` was read in this transaction."""
    for name, value in columns.items():
        setattr(user, name, value)
    session.flush()
    index_words(session, [user])


def index_words(session: Session, users: Iterable[User]) -> None:
    """Replace the words that these (flushed) users are found by."""
    users = list(users)
    session.execute(delete(UserWord).where(UserWord.user_id.in_([user.id for user in users])))
    session.add_all(
        UserWord(word=word, user_id=user.id)
        for user in users
        for word in sorted(words_of(user.username, user.display_name, user.email))
    )


def named(session: Session, username: str) -> User | None:
    """The person of that exact username."""
    return session.scalar(select(User).where(User.username == username))


def locked(session: Session, username: str) -> User | None:
    """The same, locked for this transaction."""
    return session.scalar(select(User).where(User.username == username).with_for_update(key_share=True))


def several(session: Session, usernames: Sequence[str]) -> list[User]:
    """The people with these usernames, in the order of their names. Without usernames, no query is made."""
    found = session.scalars(select(User).where(_named(usernames))) if usernames else ()
    return sorted(found, key=lambda user: (user.display_name.lower(), user.id))


def taken(session: Session, usernames: Sequence[str]) -> set[str]:
    """Those of these usernames that exist. Without usernames, no query is made."""
    return set(session.scalars(select(User.username).where(_named(usernames))) if usernames else ())


def roles_held(session: Session) -> set[str]:
    """The roles that active people have."""
    return set(session.scalars(select(User.role).where(User.active).distinct()))


def _named(usernames: Sequence[str]) -> ColumnElement[bool]:
    return among(table_of(User).c.username, usernames)


def password_hash(session: Session, username: str) -> str | None:
    """A person's stored password hash; None where they have none, or do not exist."""
    return session.scalar(select(User.password_hash).where(User.username == username))


def unchanged(session: Session, user_id: int, *, password_hash: str | None) -> bool:
    """Whether the person is active and still has this password hash; it stays so until the transaction ends."""
    same = User.id == user_id, User.active, User.password_hash.is_not_distinct_from(password_hash)
    return session.scalar(select(User.id).where(*same).with_for_update(key_share=True)) is not None


def in_order(
    session: Session, *, partial: str | None = None, most: int | None = None, behind: User | None = None
) -> Sequence[User]:
    """People in the order of their names: all, or those with a word that begins with ``partial``; at most ``most``, and
    only those that come after ``behind``."""
    people = select(User).order_by(*_PLACE).limit(most)
    if behind:
        last = select(*_PLACE).where(User.id == behind.id).subquery()
        people = people.where(tuple_(*_PLACE) > select(last).scalar_subquery())
    return session.scalars(people.where(User.id.in_(beginning(partial))) if partial else people).all()


def beginning(partial: str) -> Select[int]:
    """The ids of people with a word that begins with ``partial``.

    A range rather than LIKE: both databases answer it from the primary key, which is ordered by bytes.
    """
    least = partial.casefold()
    return select(UserWord.user_id).where(UserWord.word >= least, UserWord.word < least + "\U0010ffff")


def demo_team(session: Session) -> Sequence[User]:
    """The people of the demo."""
    return session.scalars(select(User).where(User.demo).order_by(User.id)).all()


def lock_active_admins(session: Session) -> set[int]:
    """The ids of the people who can administer, locked for this transaction. Programs do not count: nobody can sign in
    as one."""
    return set(session.scalars(_ADMINS.order_by(User.id).with_for_update()))


def has_active_admin(session: Session) -> bool:
    """Whether some person can administer."""
    return session.scalar(_ADMINS.limit(1)) is not None
