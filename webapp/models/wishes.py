"""What people want: their preferences by channel and medium, their quiet hours, and what they have muted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    String,
    UniqueConstraint,
    cast,
    delete,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.database import UTCDateTime
from webapp.domain.decision import OFF, ON
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.extensions import db
from webapp.models._among import among_given
from webapp.models._columns import IntKey, insert_or, partial_index, table_of

_LATEST = datetime.max.replace(tzinfo=UTC)


class Preference(db.Model):
    """What a person wants on a channel by one medium. ``digest`` is a Digest in writing; None: each message at once."""

    __tablename__ = "preference"
    __table_args__ = (partial_index("ix_preference_digest", "channel_id", "user_id", where="digest IS NOT NULL"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    medium: Mapped[str] = mapped_column(String(10), primary_key=True)
    wanted: Mapped[bool]
    digest: Mapped[str | None] = mapped_column(String(30))


class QuietHour(db.Model):
    """One of a person's quiet hours, in writing: ``mon 22:00-07:00``."""

    __tablename__ = "quiet_hour"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    hours: Mapped[str] = mapped_column(String(20), primary_key=True)


class Mute(db.Model):
    """A channel or a sender that a person has muted, up to ``until`` (None: for good)."""

    __tablename__ = "mute"
    __table_args__ = (
        CheckConstraint("(channel_id IS NULL) <> (sender_id IS NULL)", name="one_thing"),
        UniqueConstraint("user_id", "channel_id"),
        UniqueConstraint("user_id", "sender_id"),
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
    """What some people want of some channels. ``said``: by user, channel and medium; ``quiet``: by user; ``muted_…``:
    until when (None: for good), by user and channel, or user and sender."""

    said: Mapping[tuple[int, int, str], Wish] = field(default_factory=dict)
    quiet: Mapping[int, tuple[QuietHours, ...]] = field(default_factory=dict)
    muted_channels: Mapping[tuple[int, int], datetime | None] = field(default_factory=dict)
    muted_senders: Mapping[tuple[int, int], datetime | None] = field(default_factory=dict)

    def muted(self, user_id: int, channel_id: int, sender_id: int | None) -> tuple[str | None, datetime | None]:
        """Which mute applies to a message, ``sender`` or ``channel``, and until when; if both do, the one that lasts
        longer."""
        found: list[tuple[str | None, datetime | None]] = []
        if (user_id, channel_id) in self.muted_channels:
            found.append(("channel", self.muted_channels[user_id, channel_id]))
        if sender_id is not None and (user_id, sender_id) in self.muted_senders:
            found.append(("sender", self.muted_senders[user_id, sender_id]))
        return max(found, key=lambda one: one[1] or _LATEST, default=(None, None))


NO_WISHES = Wishes()


def wishes(session: Session, user_ids: Iterable[int], channel_ids: Iterable[int]) -> Wishes:
    """All that these people want of these channels, in one query."""
    users, channels = set(user_ids), set(channel_ids)
    told = session.execute(_WISHES, {"users": list(users), "channels": list(channels)}).all()
    quiet: dict[int, tuple[QuietHours, ...]] = {}
    for row in told:
        if row.medium is None and row.written:
            quiet[row.user_id] = tuple(sorted((*quiet.get(row.user_id, ()), QuietHours.read(row.written))))
    mutes = [row for row in told if row.medium is None and not row.written]
    return Wishes(
        _said(told),
        quiet,
        {(row.user_id, row.channel_id): row.until for row in mutes if row.channel_id is not None},
        {(row.user_id, row.sender_id): row.until for row in mutes if row.sender_id is not None},
    )


def preferences(
    session: Session, user_ids: Iterable[int], channel_ids: Iterable[int]
) -> dict[tuple[int, int, str], Wish]:
    """What these people said of these channels, by person, channel and medium."""
    return _said(session.execute(_PREFERENCES, {"users": list(set(user_ids)), "channels": list(set(channel_ids))}))


def _said(rows: Iterable[Any]) -> dict[tuple[int, int, str], Wish]:
    return {
        (row.user_id, row.channel_id, row.medium): Wish(
            ON if row.wanted else OFF, Digest.read(row.written) if row.written else None
        )
        for row in rows
        if row.medium is not None
    }


def _preferences() -> Select[Any]:
    row = table_of(Preference).c
    said = {"channel_id": row.channel_id, "medium": row.medium, "wanted": row.wanted, "written": row.digest}
    theirs = among_given(row.user_id, "users"), among_given(row.channel_id, "channels")
    return _select(row.user_id, **said).where(*theirs)


def _quiet_hours() -> Select[Any]:
    row = table_of(QuietHour).c
    return _select(row.user_id, written=row.hours).where(among_given(row.user_id, "users"))


def _mutes() -> Select[Any]:
    row = table_of(Mute).c
    muted = {"channel_id": row.channel_id, "sender_id": row.sender_id, "until": row.until}
    return _select(row.user_id, **muted).where(among_given(row.user_id, "users"))


# The columns that rows of all three tables are brought to for one query: what a table lacks is NULL.
_SHAPE = {
    "channel_id": Integer, "sender_id": Integer, "medium": String, "wanted": Boolean, "written": String,
    "until": UTCDateTime,
}  # fmt: skip


def _select(user_id: ColumnElement[int], **columns: ColumnElement[Any]) -> Select[Any]:
    return select(user_id, *(columns.get(name, cast(null(), kind)).label(name) for name, kind in _SHAPE.items()))


_PREFERENCES = _preferences()
_WISHES = union_all(_PREFERENCES, _quiet_hours(), _mutes())


def prefer(
    session: Session, *, user_id: int, channel_id: int, medium: str, wanted: bool, digest: Digest | None = None
) -> None:
    """Write a person's preference, in place of an earlier one."""
    key = {"user_id": user_id, "channel_id": channel_id, "medium": medium}
    told = {"wanted": wanted, "digest": str(digest) if digest else None}
    said = insert_or(session)(table_of(Preference)).values(**key, **told)
    session.execute(said.on_conflict_do_update(index_elements=list(key), set_=told))


def put_quiet_hours(session: Session, *, user_id: int, hours: Sequence[QuietHours]) -> None:
    """Replace a person's quiet hours."""
    session.execute(delete(QuietHour).where(QuietHour.user_id == user_id))
    session.add_all(QuietHour(user_id=user_id, hours=str(one)) for one in sorted(set(hours)))
    session.flush()


def mute(
    session: Session,
    *,
    user_id: int,
    channel_id: int | None = None,
    sender_id: int | None = None,
    until: datetime | None,
    now: datetime,
) -> None:
    """Mute a channel or a sender for a person, up to ``until`` (None: for good), in place of an earlier mute of the
    same. Mutes that are over are deleted."""
    channels = {} if channel_id is None else {channel_id: until}
    senders = {} if sender_id is None else {sender_id: until}
    mute_all(session, user_id=user_id, channels=channels, senders=senders, now=now)


def mute_all(
    session: Session,
    *,
    user_id: int,
    channels: Mapping[int, datetime | None],
    senders: Mapping[int, datetime | None],
    now: datetime,
) -> None:
    """As ``mute``, for several at once: ``until`` by the id of each."""
    session.execute(delete(Mute).where(Mute.user_id == user_id, Mute.until <= now))
    for thing, untils in (("channel_id", channels), ("sender_id", senders)):
        if untils:
            told = {"user_id": user_id, "created_at": now}
            said = insert_or(session)(table_of(Mute)).values(
                [{**told, thing: id, "until": untils[id]} for id in untils]
            )
            again = {name: said.excluded[name] for name in ("until", "created_at")}
            session.execute(said.on_conflict_do_update(index_elements=["user_id", thing], set_=again))


def unmute(session: Session, ids: Iterable[int]) -> None:
    """Delete these mutes."""
    session.execute(delete(Mute).where(Mute.id.in_(set(ids))))


def mutes(session: Session, user_id: int, *, now: datetime) -> list[Mute]:
    """A person's mutes that are not over, in the order in which they were made."""
    mine = Mute.user_id == user_id, or_(Mute.until.is_(None), Mute.until > now)
    return list(session.scalars(select(Mute).where(*mine).order_by(Mute.created_at, Mute.id)))


def quiet_hours(session: Session, user_id: int) -> tuple[QuietHours, ...]:
    """One person's, in the order of the week."""
    written = session.scalars(select(QuietHour.hours).where(QuietHour.user_id == user_id))
    return tuple(sorted(map(QuietHours.read, written)))
