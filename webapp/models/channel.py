"""Channels with their options."""

from collections.abc import Sequence

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from webapp.extensions import db
from webapp.models._columns import IntKey
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


def listed(session: Session) -> Sequence[Channel]:
    """Every channel in the order of the names."""
    return session.scalars(select(Channel).options(joinedload(Channel.media)).order_by(Channel.name)).unique().all()


def named(session: Session, name: str) -> Channel | None:
    """The channel of that name."""
    return session.scalar(select(Channel).where(Channel.name == name))


def add(
    session: Session, *, name: str, title: str, description: str, media: Sequence[str], immediate: bool, policy: str
) -> Channel:
    """A new channel under the retry policy of that name. Raises IntegrityError where the channel's name is taken,
    NoResultFound where there is no such policy."""
    policy_id = session.scalars(select(Policy.id).where(Policy.name == policy)).one()
    channel = Channel(
        name=name,
        title=title,
        description=description,
        immediate=immediate,
        policy_id=policy_id,
        media=_in_order(media),
    )
    session.add(channel)
    session.flush()
    return channel


def change(
    session: Session, *, name: str, version: int, title: str, description: str, media: Sequence[str], immediate: bool
) -> Channel | None:
    """Change what may change, and count its version up; None where it no longer is the one that was seen."""
    channel = session.scalar(select(Channel).where(Channel.name == name, Channel.version == version).with_for_update())
    if channel is None:
        return None
    channel.title, channel.description, channel.immediate = title, description, immediate
    _put_media(channel, media)
    channel.version += 1
    session.flush()
    return channel


def _in_order(media: Sequence[str]) -> list[ChannelMedium]:
    return [ChannelMedium(medium=medium, position=position) for position, medium in enumerate(media)]


def _put_media(channel: Channel, media: Sequence[str]) -> None:
    """Rows that stay are moved, not made anew: an insert of the same key would come before its deletion."""
    kept = {row.medium: row for row in channel.media if row.medium in media}
    channel.media = [kept.get(row.medium, row) for row in _in_order(media)]
    for position, row in enumerate(channel.media):
        row.position = position
