"""Channels with their options."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from webapp.domain.channel_options import ChannelOptions
from webapp.domain.retry_policy import RetryPolicy
from webapp.extensions import db
from webapp.models import policy as policies
from webapp.models._columns import IntKey, table_of
from webapp.models.policy import Policy


class Channel(db.Model):
    """A named stream people post on, with its options. Times are in seconds; None means the default."""

    __tablename__ = "channel"
    __table_args__ = (CheckConstraint("name LIKE '%_._%'", name="dotted"),)

    id: Mapped[IntKey]
    name: Mapped[str] = mapped_column(String(50), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500), default="")
    immediate: Mapped[bool] = mapped_column(default=False)
    every_s: Mapped[int] = mapped_column(default=0)
    formatter: Mapped[str | None] = mapped_column(String(50))
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    ttl_s: Mapped[float | None]
    keep_months: Mapped[int | None]
    required: Mapped[bool] = mapped_column(default=False)
    at_most_once: Mapped[bool] = mapped_column(default=False)
    posters: Mapped[list[str] | None]
    filter_keys: Mapped[list[str] | None]
    version: Mapped[int] = mapped_column(default=1)
    policy: Mapped[Policy] = relationship()
    media: Mapped[list["ChannelMedium"]] = relationship(
        order_by="ChannelMedium.position", cascade="all, delete-orphan", lazy="selectin"
    )


class ChannelMedium(db.Model):
    """One medium of a channel, in its order."""

    __tablename__ = "channel_medium"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    medium: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedOn:
    """A channel as far as posting needs it; ``media`` in their order."""

    id: int
    name: str
    immediate: bool
    every_s: int
    ttl_s: float | None
    posters: Sequence[str] | None
    policy: RetryPolicy
    media: tuple[str, ...]


_WHOLE = select(Channel).options(joinedload(Channel.policy), joinedload(Channel.media))
_NAMED = _WHOLE.where(Channel.name == bindparam("name"))
_channel, _medium, _policy = table_of(Channel), table_of(ChannelMedium), table_of(Policy)
_OF_A_POST = ("id", "name", "immediate", "every_s", "ttl_s", "posters")
_POSTED_ON = (
    select(*_channel.c[_OF_A_POST], *policies.columns(), _medium.c.medium)
    .join(_policy, _policy.c.id == _channel.c.policy_id)
    .outerjoin(_medium, _medium.c.channel_id == _channel.c.id)
    .where(_channel.c.name == bindparam("name"))
    .order_by(_medium.c.position)
)  # every post asks this: built once, and over tables instead of ORM objects


def listed(session: Session) -> Sequence[Channel]:
    """Every channel with its policy and media, in the order of the names."""
    return session.scalars(_WHOLE.order_by(Channel.name)).unique().all()


def named(session: Session, name: str) -> Channel | None:
    """The channel of that name with its policy and media. A name with characters that no database can store is
    nobody's."""
    if not name.isprintable():
        return None
    return session.scalars(_NAMED, {"name": name}).unique().one_or_none()


def posted_on(session: Session, name: str) -> PostedOn | None:
    """The same for a post, which only reads it."""
    rows = session.connection().execute(_POSTED_ON, {"name": name}).all() if name.isprintable() else []
    if not rows:
        return None
    of_it = {column: getattr(rows[0], column) for column in _OF_A_POST}
    media = tuple(row.medium for row in rows if row.medium)
    return PostedOn(**of_it, policy=policies.word_in(rows[0]), media=media)


def rarer_than(session: Session, *, policy: str, ttl_s: float) -> Sequence[str]:
    """Names of the channels with that policy that batch so rarely that a message may live out its ``ttl_s`` before the
    first try. Channels with a time to live of their own are left out."""
    theirs = Policy.name == policy, Channel.ttl_s.is_(None), Channel.every_s >= ttl_s
    return session.scalars(select(Channel.name).join(Policy).where(*theirs).order_by(Channel.name)).all()


def add(session: Session, *, name: str, options: ChannelOptions) -> Channel:
    """A new channel. Raises IntegrityError where its name is taken, NoResultFound where there is no such policy."""
    channel = Channel(name=name, media=_in_order(options.media), **_columns(session, options))
    session.add(channel)
    session.flush()
    return channel


def opened(session: Session, *, name: str, options: ChannelOptions) -> Channel:
    """A channel that Belfry posts on itself, created when it is first needed. Another process may be creating it just
    then."""
    if there := named(session, name):
        return there
    try:
        with session.begin_nested():
            return add(session, name=name, options=options)
    except IntegrityError:
        return session.scalars(_NAMED, {"name": name}).unique().one()


def change(session: Session, *, name: str, version: int, options: ChannelOptions) -> Channel | None:
    """Change its options, and count its version up. None where the version is no longer the one given.

    Raises NoResultFound where there is no such policy.
    """
    channel = session.scalar(select(Channel).where(Channel.name == name, Channel.version == version).with_for_update())
    if channel is None:
        return None
    for column, value in _columns(session, options).items():
        setattr(channel, column, value)
    _put_media(channel, options.media)
    channel.version += 1
    session.flush()
    return channel


def _columns(session: Session, options: ChannelOptions) -> dict[str, Any]:
    """The options as columns: the policy as a row, lists as lists."""
    told = {column: value for column, value in options.told().items() if column not in {"media", "policy"}}
    lists = {"posters": None if options.posters is None else list(options.posters)}
    lists["filter_keys"] = list(options.filter_keys) or None
    return {**told, **lists, "policy": session.scalars(select(Policy).where(Policy.name == options.policy)).one()}


def _in_order(media: Sequence[str]) -> list[ChannelMedium]:
    return [ChannelMedium(medium=medium, position=position) for position, medium in enumerate(media)]


def _put_media(channel: Channel, media: Sequence[str]) -> None:
    """Rows that stay are moved, not replaced: the insert of the same key would come before its deletion."""
    kept = {row.medium: row for row in channel.media if row.medium in media}
    channel.media = [kept.get(row.medium, row) for row in _in_order(media)]
    for position, row in enumerate(channel.media):
        row.position = position
