"""Messages, the keys they were posted under, and each person's copy."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Row,
    Select,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import ChannelRef, Ulid, UlidKey, UserRef, partial_index, table_of
from webapp.models._rows import insert_rows
from webapp.models.subscriber import Subscriber

INBOX = "inbox"  # no medium: everybody always has a copy there


class Message(db.Model):
    """What was posted once. ``counted`` is how many rows of it there should be, for the audit: copies under INBOX,
    deliveries under their medium. What truncation deletes is subtracted."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_sender_id_id", "sender_id", "id"),
        CheckConstraint("(sender_id IS NULL) <> (system_sender IS NULL)", name="one_sender"),
    )

    id: Mapped[UlidKey]
    channel_id: Mapped[ChannelRef]
    type: Mapped[str] = mapped_column(String(50))
    category: Mapped[str | None] = mapped_column(String(50))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    system_sender: Mapped[str | None] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(2000))
    attributes: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    visible_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    counted: Mapped[dict[str, Any]]
    withdrawn_at: Mapped[datetime | None]  # when its poster has cancelled what had not left
    states_to: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"))  # who is told what becomes of it


class PostingKey(db.Model):
    """An idempotency key of one poster, and the answer that its first request got."""

    __tablename__ = "posting_key"

    poster: Mapped[str] = mapped_column(String(60), primary_key=True)  # "user:7" or "system:Belfry"
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), index=True)
    answer: Mapped[dict[str, Any]]


class UserNotification(db.Model):
    """One person's copy: their inbox row. Repeats channel and visible_at so that its indexes serve the lists."""

    __tablename__ = "user_notification"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        Index("ix_user_notification_inbox", "user_id", "visible_at", "id"),
        partial_index("ix_user_notification_unread", "user_id", "visible_at", where="read_at IS NULL"),
        Index("ix_user_notification_channel_id_created_at", "channel_id", "created_at"),
    )

    id: Mapped[UlidKey]
    message_id: Mapped[Ulid] = mapped_column(ForeignKey("message.id"))
    user_id: Mapped[UserRef]
    channel_id: Mapped[ChannelRef]
    created_at: Mapped[datetime]
    visible_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    starred: Mapped[bool] = mapped_column(default=False)
    snoozed_until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(100), default="named")


# Every post uses these: built once, and over tables instead of ORM objects.
_message, _key, _copy, _subscriber = map(table_of, (Message, PostingKey, UserNotification, Subscriber))
_TOLD_OF_STATES = select(_subscriber.c.id).where(
    _subscriber.c.owner_id == bindparam("poster"), _subscriber.c.removed_at.is_(None)
)
_ADD_MESSAGE = insert(_message).values(states_to=_TOLD_OF_STATES.scalar_subquery())
_ADD_KEY = insert(_key)
_UNDER_KEY = select(*_key.c["request_hash", "answer"]).where(
    _key.c.poster == bindparam("poster"), _key.c.key == bindparam("key")
)


def add_post(
    session: Session,
    message: Mapping[str, Any],
    notifications: Sequence[Mapping[str, Any]],
    key: Mapping[str, Any] | None,
) -> None:
    """Write a message, every recipient's copy, and the key it was posted under, which the caller has locked. If its
    sender has a subscriber for news of states, that is told of this message."""
    connection = session.connection()
    connection.execute(_ADD_MESSAGE, {**message, "poster": message["sender_id"]})
    if key:
        connection.execute(_ADD_KEY, key)
    insert_rows(session, _copy, notifications)


def posted_under(session: Session, *, poster: str, key: str) -> Row[str, dict[str, Any]] | None:
    """The hash of the request that was posted under a key, and its answer."""
    return session.connection().execute(_UNDER_KEY, {"poster": poster, "key": key}).one_or_none()


def count_more(session: Session, ids: Sequence[str], *, name: str) -> set[str]:
    """Count one more delivery by that medium for each of these messages, except those that their posters have
    cancelled. Returns the ids of those counted: no poster can cancel them before this transaction has ended.

    The lock is weak (FOR NO KEY UPDATE): whoever has written a delivery of a message holds its key, and two who then
    count must not deadlock.
    """
    message = table_of(Message)
    standing = message.c.id.in_(ids), message.c.withdrawn_at.is_(None)
    counted = select(message.c.id, message.c.counted).where(*standing).order_by(message.c.id)
    rows = [
        {"key": row.id, "more": {**row.counted, name: row.counted.get(name, 0) + 1}}
        for row in session.execute(counted.with_for_update(key_share=True))
    ]
    if rows:
        more = update(message).where(message.c.id == bindparam("key")).values(counted=bindparam("more"))
        session.connection().execute(more, rows)
    return {row["key"] for row in rows}


def withdraw(session: Session, id: str, *, now: datetime) -> None:
    """Note when its poster has cancelled it; the first time is kept. Once this returns, nobody makes further deliveries
    of it, and whoever was making some has ended."""
    message = table_of(Message)
    standing = message.c.id == id, message.c.withdrawn_at.is_(None)
    session.execute(update(message).where(*standing).values(withdrawn_at=now))


def take_key(session: Session, *, poster: str, key: str, waits: bool) -> bool:
    """Lock this posting key for this transaction. Without ``waits``, returns False where somebody else holds it. On
    SQLite, writers are alone anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    number = int.from_bytes(hashlib.sha256(f"{poster} {key}".encode()).digest()[:8], signed=True)
    if waits:
        session.execute(select(func.pg_advisory_xact_lock(number)))
        return True
    return session.scalar(select(func.pg_try_advisory_xact_lock(number))) is True


def mark_read(session: Session, copies: Select[str], *, now: datetime) -> list[str]:
    """Note when these copies (a selection of ids) were read; a first time is kept. Returns the ids of those changed."""
    unread = UserNotification.id.in_(copies), UserNotification.read_at.is_(None)
    changed = update(UserNotification).where(*unread).values(read_at=now).returning(UserNotification.id)
    return list(session.scalars(changed, execution_options={"synchronize_session": False}))


def mark_unread(session: Session, copies: Select[str]) -> list[str]:
    """Forget that these copies (a selection of ids) were read. Returns the ids of those changed."""
    read = UserNotification.id.in_(copies), UserNotification.read_at.is_not(None)
    changed = update(UserNotification).where(*read).values(read_at=None).returning(UserNotification.id)
    return list(session.scalars(changed, execution_options={"synchronize_session": False}))
