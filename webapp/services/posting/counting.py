"""The count before a post: what would become of it for whom, by what a sender may know, with nothing written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, joinedload

from webapp.database import reading
from webapp.delivery.foresee import Draft, Foreseen, foresee_for
from webapp.domain.message import NotificationMessage
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.domain.username import may_be_username
from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.services._times import times

_AT_ONCE = 1000  # names in one statement: databases bound the number of parameters
_COUNTED = {"recipients", "roles", "at", "ttl"}  # what must be sound; the words may still be missing
_user = table_of(User)


class Outlook(StrEnum):
    """What a sender may know of a copy. What people chose is never told apart."""

    GOES = "goes"
    LATER = "later"
    UNWANTED = "unwanted"
    NO_ADDRESS = "no address"
    UNVERIFIED = "unverified"
    INACTIVE = "inactive"
    EXPIRES = "expires"
    HELD = "held"
    BUSY = "busy"

    @property
    def is_trouble(self) -> bool:
        """Whether it is up to those who run the place."""
        return self is Outlook.HELD


_OUTLOOKS: dict[Reason | None, Outlook] = {
    None: Outlook.GOES,
    Reason.NOT_YET: Outlook.LATER,
    Reason.QUIET_HOURS: Outlook.LATER,
    Reason.DIGESTED: Outlook.LATER,
    Reason.IF_UNREAD: Outlook.LATER,
    Reason.PREF_OFF: Outlook.UNWANTED,
    Reason.MUTED: Outlook.UNWANTED,
    Reason.NO_ADDRESS: Outlook.NO_ADDRESS,
    Reason.ADDRESS_UNVERIFIED: Outlook.UNVERIFIED,
    Reason.RECIPIENT_INACTIVE: Outlook.INACTIVE,
    Reason.EXPIRED: Outlook.EXPIRES,
    Reason.RATE_LIMITED: Outlook.BUSY,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One number, and who is behind it."""

    medium: str
    outlook: Outlook
    people: tuple[Who, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """``people`` each get it in their inbox, at ``visible_at``. ``lines`` are by medium in the channel's order, what
    goes first; they are decided at ``first_try``."""

    people: tuple[Who, ...]
    lines: tuple[Line, ...]
    visible_at: datetime
    first_try: datetime


def count(*, message: NotificationMessage, sender_id: int | None, now: datetime) -> Count | None:
    """What would become of ``message``, as far as it is written: who is not known is not counted. None where there is
    no such channel, nobody to count, or a time that cannot be."""
    if not _countable(message):
        return None
    with reading(db.session) as session:
        channel = _channel(session, message.channel)
        rows = _people(session, message) if channel else []
        if channel is None or not rows:
            return None
        when = times(message, channel, now=now)
        draft = Draft(
            sender_id=sender_id,
            type=message.type,
            visible_at=when.visible_at,
            expires_at=when.expires_at,
            first_try=when.due_at,
        )
        found = foresee_for(session, draft, channel=channel, people=rows)
    people = {row["id"]: Who(row["display_name"], row["username"]) for row in rows}
    return Count(tuple(people.values()), tuple(_lines(found, people)), when.visible_at, when.due_at)


def _channel(session: Session, name: str) -> Channel | None:
    whole = select(Channel).options(joinedload(Channel.policy), joinedload(Channel.media))
    return session.scalars(whole.where(Channel.name == name)).unique().one_or_none()


def _countable(message: NotificationMessage) -> bool:
    try:
        message.check()
    except Refused as refused:
        return not _COUNTED & set(refused.problems)
    return True


def _people(session: Session, message: NotificationMessage) -> list[Mapping[str, Any]]:
    """Those whom it is for, each once and as they were named."""
    wanted = [name for name in dict.fromkeys(message.recipients) if may_be_username(name)]
    lots = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
    asked: list[ColumnElement[bool]] = [_user.c.username.in_(some) for some in lots]
    if message.roles:
        asked.append(and_(_user.c.role.in_(message.roles), _user.c.active))
    rows = [row for one in asked for row in session.execute(select(_user).where(one)).mappings()]
    found = {row["username"]: cast(Mapping[str, Any], row) for row in rows}
    return [found[name] for name in dict.fromkeys((*wanted, *found)) if name in found]


def _lines(found: Iterable[Foreseen], people: Mapping[int, Who]) -> list[Line]:
    behind: dict[tuple[str, Outlook], list[Who]] = {}
    media: dict[str, None] = {}
    for one in found:
        media[one.medium] = None
        outlook = _OUTLOOKS.get(one.decision.reason, Outlook.HELD)
        behind.setdefault((one.medium, outlook), []).append(people[one.user_id])
    return [
        Line(medium, outlook, tuple(behind[medium, outlook]))
        for medium in media
        for outlook in Outlook
        if (medium, outlook) in behind
    ]
