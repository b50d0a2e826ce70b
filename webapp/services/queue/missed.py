"""What somebody did not get, or what did not arrive of a channel: the latest that were not handed over, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, Subquery, func, literal_column, select
from sqlalchemy.orm import aliased

from webapp.domain.causes import cause
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.evidence import Evidence
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.domain.text import storable
from webapp.domain.who import Who
from webapp.domain.wording import Course, Sentence
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.user import User
from webapp.services._courses import provider_name

DAYS = 30
MOST = 1_000  # copies that are looked through, the newest of that time: enough for a person, and quick for a channel
FEW, MANY = 5, 50  # rows: on a page about something else, and on one of their own
_ARRIVED = frozenset({S.SENT, S.DELIVERED})
_LONGEST = 200  # characters of a name that is asked for
_NOBODY = {"username": "There is nobody of that username.", "channel": "There is no channel of that name."}
_REASONS = frozenset(Reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """One delivery that has not been handed over; ``cause`` is why, as the end of a sentence for operators."""

    id: str
    subject: str
    recipient: Who
    channel: str
    medium: Medium
    state: S
    cause: Sentence
    at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """The newest first. ``more``: there are more than are shown. ``looked`` is how many copies were looked through."""

    rows: tuple[MissedRow, ...]
    more: bool
    looked: int
    days: int = DAYS

    @property
    def all_of_it(self) -> bool:
        """Whether nothing of these days was left out."""
        return self.looked < MOST


def missed(
    *, now: datetime, username: str | None = None, channel: str | None = None, limit: int = FEW, days: int = DAYS
) -> Missed:
    """What did not reach a person, or of what was posted on a channel, or both, in the last ``days``.

    Raises Missing where there is no such person, or no such channel.
    """
    person, stream = _id_of(User.id, User.username, username), _id_of(Channel.id, Channel.name, channel)
    copies = _copies(person, stream, now - timedelta(days=days))
    looked = _looked(person, stream, copies)
    found = db.session.execute(_rows(copies).limit(limit + 1)).all()
    rows = tuple(_row(row, now) for row in found[:limit])
    return Missed(rows, len(found) > limit, looked, days)


def _id_of(id: Any, name: Any, wanted: str | None) -> ScalarSelect[int] | None:
    """The id of what has that name, as a part of a statement; None where none was asked for."""
    if wanted is None:
        return None
    return select(id).where(name == storable(wanted.strip(), longest=_LONGEST)).scalar_subquery()


def _looked(person: ScalarSelect[int] | None, stream: ScalarSelect[int] | None, copies: Subquery) -> int:
    """How many copies are looked through. Raises Missing where there is nobody, or nothing, of the name asked for."""
    asked = {"username": person, "channel": stream}
    ids = {field: part for field, part in asked.items() if part is not None}
    counted = select(func.count()).select_from(copies).scalar_subquery()
    row = db.session.execute(select(counted, *ids.values())).one()
    for field, id_ in zip(ids, row[1:], strict=True):
        if id_ is None:
            raise Missing({field: _NOBODY[field]})
    return row[0]


def _copies(person: ScalarSelect[int] | None, stream: ScalarSelect[int] | None, since: datetime) -> Subquery:
    """The newest copies, by the index of the person's inbox or else of the channel."""
    copy = UserNotification
    columns = select(copy.id, copy.user_id, copy.message_id, copy.visible_at.label("at"))
    if person is None:
        mine = columns.where(copy.channel_id == stream, copy.created_at > since)
        return mine.order_by(copy.created_at.desc()).limit(MOST).subquery()
    mine = columns.where(copy.user_id == person, copy.visible_at > since)
    if stream is not None:
        mine = mine.where(copy.channel_id + 0 == stream)  # the sum keeps both databases on the person's index
    return mine.order_by(copy.visible_at.desc()).limit(MOST).subquery()


def _rows(copies: Subquery) -> Select[*tuple[Any, ...]]:
    sender = aliased(User)
    told = (
        Delivery,
        Message.subject,
        Message.system_sender,
        Channel.title,
        User.username,
        User.display_name,
        sender.display_name.label("sender"),
        copies.c.at,
        provider_name().label("provider"),
    )
    joined = (
        select(*told)
        .select_from(copies)
        .join(Delivery, Delivery.notification_id == copies.c.id)
        .join(Message, Message.id == copies.c.message_id)
        .join(Channel, Channel.id == Delivery.channel_id)
        .join(User, User.id == copies.c.user_id)
        .outerjoin(sender, sender.id == Message.sender_id)
    )
    return joined.where(_not_arrived()).order_by(copies.c.at.desc(), Delivery.id.desc())


def _not_arrived() -> ColumnElement[bool]:
    arrived = ", ".join(f"'{state.value}'" for state in sorted(_ARRIVED))
    return literal_column(f"delivery.state NOT IN ({arrived})", type_=db.Boolean)


def _row(row: Row[*tuple[Any, ...]], now: datetime) -> MissedRow:
    delivery: Delivery = row.Delivery
    course = Course(
        who=row.display_name,
        channel=row.title,
        sender=row.sender or row.system_sender or "",
        state=S(delivery.state),
        medium=Medium(delivery.medium),
        reason=Reason(delivery.reason) if delivery.reason else None,
        failures=delivery.failures,
        expires_at=delivery.expires_at,
        trouble=_trouble(delivery.last_error),
        provider=row.provider or "",
        upcoming=row.at > now,
        evidence=Evidence.of(delivery.evidence, delivery.reason),
    )
    who = Who(row.display_name, row.username)
    told = {"channel": row.title, "medium": course.medium, "state": course.state, "at": row.at}
    return MissedRow(id=delivery.id, subject=row.subject, recipient=who, cause=cause(course), **told)


def _trouble(last_error: str | None) -> Reason | None:
    """What the last try met: its code stands before the far side's words."""
    code = (last_error or "").partition(":")[0]
    return Reason(code) if code in _REASONS else None
