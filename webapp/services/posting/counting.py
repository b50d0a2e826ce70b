"""The count before a post: what would become of it, for how many, in terms that a sender may know. Writes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.database import reading
from webapp.delivery.foresee import Draft, Foreseen, foresee_for
from webapp.domain.message import NotificationMessage
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import subscriber as subscribers
from webapp.models._columns import table_of
from webapp.models.user import User
from webapp.services._times import times
from webapp.services.posting._fan_out import wanting
from webapp.services.posting._people import people

_COUNTED = {"recipients", "roles", "at", "ttl"}  # must be valid to count; subject and body may be missing
_WHOLE = tuple(table_of(User).c)


class Outlook(StrEnum):
    """What a sender may know of a delivery. It never reveals what a recipient chose."""

    GOES = "goes"
    LATER = "later"
    UNWANTED = "unwanted"
    NO_ADDRESS = "no address"
    UNVERIFIED = "unverified"
    INACTIVE = "inactive"
    EXPIRES = "expires"
    HELD = "held"
    UNRESOLVED = "unresolved"
    BUSY = "busy"

    @property
    def is_trouble(self) -> bool:
        """Whether those who run the installation have to act."""
        return self in {Outlook.HELD, Outlook.UNRESOLVED}


OUTLOOKS: Mapping[Reason | None, Outlook] = {  # for every reason that a decision may have
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
    Reason.ALREADY_READ: Outlook.UNWANTED,  # nobody has read a message that is not posted yet
    Reason.NO_PROVIDER: Outlook.HELD,
    Reason.PROVIDER_PAUSED: Outlook.HELD,
    Reason.AMBIGUOUS_FORMATTER: Outlook.HELD,
    Reason.SUBSCRIBER_OFF: Outlook.HELD,  # of subscribers only, as the next one; only people are counted
    Reason.CANCELLED_BY_PERSON: Outlook.HELD,
    Reason.RESOLVER_FAILED: Outlook.UNRESOLVED,
    Reason.RATE_LIMITED: Outlook.BUSY,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One number, and the people behind it."""

    medium: str
    outlook: Outlook
    people: tuple[Who, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """``people`` each get it in their inbox, at ``visible_at``. ``lines`` are decided for ``first_try``, grouped by
    medium in the channel's order, deliveries that go out first. ``subscribers`` are told of it as well."""

    people: tuple[Who, ...]
    lines: tuple[Line, ...]
    visible_at: datetime
    first_try: datetime
    subscribers: int = 0


def count(*, message: NotificationMessage, sender_id: int | None, now: datetime) -> Count | None:
    """What would become of ``message`` as it is so far; unknown names are not counted. None where there is no such
    channel, nobody to count, or an invalid time."""
    if not _countable(message):
        return None
    with reading(db.session) as session:
        channel = channels.named(session, message.channel)
        rows = list(people(session, message, _WHOLE).people.values()) if channel else []
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
        told = len(wanting(subscribers.asking(session, channel.id), message, when))
    names = {row["id"]: Who(row["display_name"], row["username"]) for row in rows}
    return Count(tuple(names.values()), tuple(_lines(found, names)), when.visible_at, when.due_at, told)


def _countable(message: NotificationMessage) -> bool:
    try:
        message.check()
    except Refused as refused:
        return not _COUNTED & set(refused.problems)
    return True


def _lines(found: Iterable[Foreseen], people: Mapping[int, Who]) -> list[Line]:
    behind: dict[tuple[str, Outlook], list[Who]] = {}
    media: dict[str, None] = {}
    for one in found:
        media[one.medium] = None
        outlook = OUTLOOKS[one.decision.reason]
        behind.setdefault((one.medium, outlook), []).append(people[one.user_id])
    return [
        Line(medium, outlook, tuple(behind[medium, outlook]))
        for medium in media
        for outlook in Outlook
        if (medium, outlook) in behind
    ]
