"""What people want: by channel and medium, in which hours, and whom and what they have muted for a while."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.decision import OFF, ON
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.extensions import db
from webapp.models._columns import IntKey, insert_or, partial_index, table_of

_LATEST = datetime.max.replace(tzinfo=UTC)


class Preference(db.Model):
    """What a person wants on a channel by one medium. ``digest`` is a Digest as it is written; None: each at once."""

    __tablename__ = "preference"
    __table_args__ = (partial_index("ix_preference_digest", "channel_id", "user_id", where="digest IS NOT NULL"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    medium: Mapped[str] = mapped_column(String(10), primary_key=True)
    wanted: Mapped[bool]
    digest: Mapped[str | None] = mapped_column(String(30))


class QuietHour(db.Model):
    """One of a person's quiet hours, each as it is written: ``mon 22:00-07:00``."""

    __tablename__ = "quiet_hour"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    hours: Mapped[str] = mapped_column(String(20), primary_key=True)


class Mute(db.Model):
    """A channel or a sender that a person wants nothing sent of, up to ``until`` (None: for good)."""

    __tablename__ = "mute"
    __table_args__ = (
        CheckConstraint("(channel_id IS NULL) <> (sender_id IS NULL)", name="one_thing"),
        Index("ix_mute_user_id", "user_id"),
    )

    id: Mapped[IntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person said of one channel by one medium: ``on`` or ``off``, and how often."""

    said: str
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What some people want, as far as some channels are concerned. By user, channel and medium; by user; and until
    when (None: for good) by user and channel, and by user and sender."""

    said: Mapping[tuple[int, int, str], Wish] = field(default_factory=dict)
    quiet: Mapping[int, tuple[QuietHours, ...]] = field(default_factory=dict)
    muted_channels: Mapping[tuple[int, int], datetime | None] = field(default_factory=dict)
    muted_senders: Mapping[tuple[int, int], datetime | None] = field(default_factory=dict)

    def muted(self, user_id: int, channel_id: int, sender_id: int | None) -> tuple[str | None, datetime | None]:
        """What has been muted that a message is of, ``sender`` or ``channel``, and until when: whichever is longer."""
        found: list[tuple[str | None, datetime | None]] = []
        if (user_id, channel_id) in self.muted_channels:
            found.append(("channel", self.muted_channels[user_id, channel_id]))
        if sender_id is not None and (user_id, sender_id) in self.muted_senders:
            found.append(("sender", self.muted_senders[user_id, sender_id]))
        return max(found, key=lambda one: one[1] or _LATEST, default=(None, None))


NO_WISHES = Wishes()


def wishes(session: Session, user_ids: Iterable[int], channel_ids: Iterable[int]) -> Wishes:
    """All that these people want of these channels."""
    users, channels = set(user_ids), set(channel_ids)
    senders, streams = _mutes(session, users)
    return Wishes(preferences(session, users, channels), _quiet(session, users), streams, senders)


def preferences(
    session: Session, user_ids: Iterable[int], channel_ids: Iterable[int]
) -> dict[tuple[int, int, str], Wish]:
    """What these people said of these channels, by person, channel and medium."""
    row = table_of(Preference).c
    said = select(row.user_id, row.channel_id, row.medium, row.wanted, row.digest)
    found = session.execute(said.where(row.user_id.in_(set(user_ids)), row.channel_id.in_(set(channel_ids))))
    return {
        (user, channel, medium): Wish(ON if wanted else OFF, Digest.read(digest) if digest else None)
        for user, channel, medium, wanted, digest in found
    }


def _quiet(session: Session, users: set[int]) -> dict[int, tuple[QuietHours, ...]]:
    row = table_of(QuietHour).c
    quiet: dict[int, tuple[QuietHours, ...]] = {}
    for user, hours in session.execute(select(row.user_id, row.hours).where(row.user_id.in_(users))):
        quiet[user] = tuple(sorted((*quiet.get(user, ()), QuietHours.read(hours))))
    return quiet


def _mutes(
    session: Session, users: set[int]
) -> tuple[dict[tuple[int, int], datetime | None], dict[tuple[int, int], datetime | None]]:
    """By person and sender, and by person and channel; what is muted twice is muted for the longer time."""
    row = table_of(Mute).c
    senders: dict[tuple[int, int], datetime | None] = {}
    channels: dict[tuple[int, int], datetime | None] = {}
    muted = select(row.user_id, row.channel_id, row.sender_id, row.until).where(row.user_id.in_(users))
    for user, channel, sender, until in sorted(session.execute(muted), key=lambda mute: mute.until or _LATEST):
        if channel is None:
            senders[user, sender] = until
        else:
            channels[user, channel] = until
    return senders, channels


def prefer(
    session: Session, *, user_id: int, channel_id: int, medium: str, wanted: bool, digest: Digest | None = None
) -> None:
    """Write down what a person wants, whatever they wanted before."""
    key = {"user_id": user_id, "channel_id": channel_id, "medium": medium}
    told = {"wanted": wanted, "digest": str(digest) if digest else None}
    said = insert_or(session)(table_of(Preference)).values(**key, **told)
    session.execute(said.on_conflict_do_update(index_elements=list(key), set_=told))


def put_quiet_hours(session: Session, *, user_id: int, hours: Sequence[QuietHours]) -> None:
    """These are a person's quiet hours from now on."""
    session.execute(delete(QuietHour).where(QuietHour.user_id == user_id))
    session.add_all(QuietHour(user_id=user_id, hours=str(one)) for one in sorted(set(hours)))
    session.flush()
