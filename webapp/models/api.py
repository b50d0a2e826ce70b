"""What the API keeps: tokens, how much of their allowance each has used, and onto which channel events are posted."""

import hashlib
from datetime import datetime

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import ChannelRef, IntKey, LedgerKey, UserRef
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


class Allowance(db.Model):
    """How much of what is allowed in the window that began at ``since`` has been used under a key (``token:7``)."""

    __tablename__ = "allowance"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    since: Mapped[datetime]
    used: Mapped[int]


class EventMapping(db.Model):
    """Onto which channel, and for whom, events of a type and a source are posted. Both are globs; the first that
    matches, by ``position``, counts. ``recipients``: usernames, and roles as ``role:operator``; none: subscribers
    only."""

    __tablename__ = "event_mapping"

    id: Mapped[IntKey]
    position: Mapped[int]
    type: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(500))
    channel_id: Mapped[ChannelRef]
    recipients: Mapped[list[str]]
    version: Mapped[int] = mapped_column(default=1)


class StateNews(db.Model):
    """A delivery's new state that the poster's own subscriber is still to be told. Written in the transaction of the
    move, and taken out in the one that posts it: so nothing is lost, and nothing told twice."""

    __tablename__ = "state_news"

    id: Mapped[LedgerKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    delivery_id: Mapped[str] = mapped_column(String(26))
    message_id: Mapped[str] = mapped_column(String(26))
    state: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str | None] = mapped_column(String(30))
    at: Mapped[datetime]


def caller_of(session: Session, *, token: str, now: datetime) -> tuple[ApiToken, User] | None:
    """The token, and whose it is; None where it was never made, has expired or been revoked, or its person may not
    act any more."""
    asked = select(ApiToken, User).join(User, ApiToken.user_id == User.id)
    unexpired = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)
    live = asked.where(ApiToken.token_hash == hash_of(token), ApiToken.revoked_at.is_(None), unexpired, User.active)
    row = session.execute(live).first()
    return (row[0], row[1]) if row else None


def hash_of(token: str) -> str:
    """What is stored of a token: it is long and random, so one round is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
