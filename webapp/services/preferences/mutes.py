"""Mutes: the channels and the senders that a person wants nothing sent of, for a while or for good."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.extensions import db
from webapp.models import audit, wishes
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.models.wishes import Mute

MOST_RESTORED = 50  # mutes at once: each writes a line into the audit, and the queue waits for the transaction
_MORNING = time(8)


class What(StrEnum):
    """What can be muted."""

    CHANNEL = "channel"
    SENDER = "sender"


class Lasts(StrEnum):
    """For how long."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    WEEK = "week"
    FOR_GOOD = "good"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to mute: a channel by its name, or a sender by username. ``until`` is None for good."""

    what: What
    name: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """``name`` is the channel's name or the sender's username, ``title`` its display name. ``until`` is None for
    good."""

    id: int
    what: What
    name: str
    title: str
    since: datetime
    until: datetime | None


def ends(lasts: Lasts, *, tz: str, now: datetime) -> datetime | None:
    """When the mute ends; None: never. Tomorrow is the next morning where the person lives."""
    return _ENDS[lasts](ZoneInfo(tz), now)


def _tomorrow(zone: ZoneInfo, now: datetime) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), _MORNING, zone)


_ENDS: Mapping[Lasts, Callable[[ZoneInfo, datetime], datetime | None]] = {
    Lasts.HOUR: lambda _zone, now: now + timedelta(hours=1),
    Lasts.TOMORROW: _tomorrow,
    Lasts.WEEK: lambda _zone, now: now + timedelta(days=7),
    Lasts.FOR_GOOD: lambda _zone, _now: None,
}


def listed(*, username: str, now: datetime) -> list[Muted]:
    """What is muted now, the latest mute first. Raises Missing."""
    return _mine(db.session, _person(db.session, username), now)[::-1]


def offered() -> dict[str, str]:
    """The titles of the channels that can be muted, by name."""
    rows = db.session.execute(select(Channel.name, Channel.title).where(~Channel.required).order_by(Channel.title))
    return {row.name: row.title for row in rows}


def mute(*, username: str, wanted: Wanted, now: datetime) -> tuple[Muted, Muted | None]:
    """Mute a channel or a sender. Returns the mute, and the one that it replaces. Raises Missing, and Conflict for a
    required channel, for oneself, and for a time that has passed."""
    if wanted.until is not None and wanted.until <= now:
        raise Conflict({"until": "That time has passed."})
    with writing(db.session) as session:
        return _mute(session, _person(session, username), [wanted], now)[0]


def restore(*, username: str, muted: Sequence[Wanted], now: datetime) -> int:
    """Mute again what was unmuted, each until its former end; those that would be over are left out. Returns how many.
    Raises Missing, Refused for more than MOST_RESTORED, and Conflict as ``mute`` does."""
    if len(muted) > MOST_RESTORED:
        raise Refused({"muted": f"At most {MOST_RESTORED} at once, please."})
    lasting = {(it.what, it.name): it for it in muted if it.until is None or it.until > now}
    with writing(db.session) as session:
        _mute(session, _person(session, username), list(lasting.values()), now)
    return len(lasting)


def unmute(*, username: str, id: int, now: datetime) -> Muted:
    """End one of one's own mutes. Raises Missing."""
    with writing(db.session) as session:
        person = _person(session, username)
        mine = _mine(session, person, now)
        ended = next((it for it in mine if it.id == id), None)
        if ended is None:
            raise Missing({"id": "There is no such mute: it may be over already."})
        _end(session, person, [ended], now)
        return ended


def unmute_all(*, username: str, now: datetime) -> list[Muted]:
    """End all of one's mutes and return them. Raises Missing."""
    with writing(db.session) as session:
        person = _person(session, username)
        ended = _mine(session, person, now)
        _end(session, person, ended, now)
        return ended


def _mute(session: Session, person: User, wanted: Sequence[Wanted], now: datetime) -> list[tuple[Muted, Muted | None]]:
    """Mute each; returns each new mute, and the one that it replaces."""
    before = {(it.what, it.name): it for it in _mine(session, person, now)}
    things = {What.CHANNEL: dict[int, datetime | None](), What.SENDER: dict[int, datetime | None]()}
    for one in wanted:
        things[one.what][_thing(session, person, one).id] = one.until
    channels, senders = things[What.CHANNEL], things[What.SENDER]
    wishes.mute_all(session, user_id=person.id, channels=channels, senders=senders, now=now)
    after = {(it.what, it.name): it for it in _mine(session, person, now)}
    changes = [(after[key], before.get(key)) for key in ((one.what, one.name) for one in wanted)]
    for now_muted, former in changes:
        _note(session, person, "muted", former, now_muted, now=now)
    return changes


def _end(session: Session, person: User, ended: Sequence[Muted], now: datetime) -> None:
    wishes.unmute(session, [it.id for it in ended])
    for it in ended:
        _note(session, person, "unmuted", it, None, now=now)


def _person(session: Session, username: str) -> User:
    if (person := users.named(session, username)) is None:
        raise Missing({"username": "There is no such person."})
    return person


def _thing(session: Session, person: User, wanted: Wanted) -> User | Channel:
    name = wanted.name if wanted.name.isprintable() else ""  # otherwise the database would refuse the text
    if wanted.what is What.CHANNEL:
        return _channel(session, name)
    if (sender := users.named(session, name)) is None:
        raise Missing({"what": "There is no such person."})
    if sender.id == person.id:
        raise Conflict({"what": "This is you. What you post yourself cannot be muted."})
    return sender


def _channel(session: Session, name: str) -> Channel:
    if (channel := channels.named(session, name)) is None:
        raise Missing({"what": "There is no such channel."})
    if channel.required:
        sentence = f"{channel.title} is required by your administrators: muting it would change nothing."
        raise Conflict({"what": sentence})
    return channel


def _mine(session: Session, person: User, now: datetime) -> list[Muted]:
    """The person's mutes that are not over, in the order in which they were made."""
    lasting = or_(Mute.until.is_(None), Mute.until > now)
    columns = Mute.id, Mute.created_at, Mute.until, Channel.name, Channel.title, User.username, User.display_name
    mine = select(*columns).outerjoin(Channel, Channel.id == Mute.channel_id).outerjoin(User, User.id == Mute.sender_id)
    rows = session.execute(mine.where(Mute.user_id == person.id, lasting).order_by(Mute.created_at, Mute.id))
    return [_view(row) for row in rows]


def _view(row: Row[*tuple[Any, ...]]) -> Muted:
    what = What.SENDER if row.name is None else What.CHANNEL
    return Muted(
        id=row.id,
        what=what,
        name=row.name or row.username,
        title=row.title or row.display_name,
        since=row.created_at,
        until=row.until,
    )


def _note(
    session: Session, person: User, what: str, before: Muted | None, after: Muted | None, *, now: datetime
) -> None:
    audit.note(
        session, at=now, who=person.username, what=what, target=f"user:{person.username}",
        before=_told(before), after=_told(after),
    )  # fmt: skip


def _told(it: Muted | None) -> dict[str, object] | None:
    return {it.what.value: it.name, "until": it.until.isoformat() if it.until else None} if it else None
