"""What did not reach a person, or what did not arrive of a channel: the latest deliveries that were not handed over,
and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, func, literal, literal_column, select

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
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.user import User
from webapp.services._courses import provider_name

DAYS = 30
MOST_LOOKED_AT = 1_000  # the newest copies of those days that are read: enough for a person, and quick for a channel
FEW, MANY = 5, 50  # rows: as a part of another page, and on their own page
_ARRIVED = frozenset({S.SENT, S.DELIVERED})
_LONGEST = 200  # characters of a name that is asked for
_NOBODY = {"username": "There is nobody of that username.", "channel": "There is no channel of that name."}
_REASONS = frozenset(Reason)

_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_copy, _user = table_of(UserNotification), table_of(User)
_OWN = "id", "state", "medium", "reason", "failures", "expires_at", "last_error", "evidence"
_IDS = {
    "username": select(_user.c.id).where(_user.c.username == bindparam("username")).scalar_subquery(),
    "channel": select(_channel.c.id).where(_channel.c.name == bindparam("channel")).scalar_subquery(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """One delivery that was not handed over; ``cause`` is why, as the end of a sentence for operators."""

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
    """The newest first. ``more``: there are more than are shown. ``looked``: how many copies were read."""

    rows: tuple[MissedRow, ...]
    more: bool
    looked: int
    days: int = DAYS

    @property
    def all_of_it(self) -> bool:
        """Whether all copies of these days were read."""
        return self.looked < MOST_LOOKED_AT


def missed(
    *, now: datetime, username: str | None = None, channel: str | None = None, limit: int = FEW, days: int = DAYS
) -> Missed:
    """What did not arrive for a person, of a channel, or both, in the last ``days``.

    Raises Missing where there is no such person, or no such channel.
    """
    asked = {of: name for of, name in (("username", username), ("channel", channel)) if name is not None}
    known = {of: storable(name.strip(), longest=_LONGEST) for of, name in asked.items()}
    told = {**known, "since": now - timedelta(days=days)}
    looked = _looked(frozenset(asked), told)
    found = db.session.execute(_rows(frozenset(asked)), {**told, "most": limit + 1}).all()
    rows = tuple(_row(row, now) for row in found[:limit])
    return Missed(rows, len(found) > limit, looked, days)


def _looked(by: frozenset[str], told: Mapping[str, object]) -> int:
    """How many copies are read. Raises Missing for an unknown person or channel."""
    row = db.session.execute(_count(by), told).one()
    for of in by:
        if getattr(row, of) is None:
            raise Missing({of: _NOBODY[of]})
    return row.looked


# --- statements: those for what is asked ``by``, a person, a channel or both, are put together once -------------------


@cache
def _count(by: frozenset[str]) -> Select[*tuple[Any, ...]]:
    few = _copies(by, literal(1).label("one")).subquery()  # from the index alone
    counted = select(func.count()).select_from(few).scalar_subquery().label("looked")
    return select(counted, *(_IDS[of].label(of) for of in sorted(by)))


def _copies(by: frozenset[str], *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The newest copies, by the index of the person's inbox or else of the channel."""
    since = bindparam("since", type_=_copy.c.visible_at.type)
    if "username" not in by:
        mine = select(*columns).where(_copy.c.channel_id == _IDS["channel"], _copy.c.created_at > since)
        return mine.order_by(_copy.c.created_at.desc()).limit(MOST_LOOKED_AT)
    mine = select(*columns).where(_copy.c.user_id == _IDS["username"], _copy.c.visible_at > since)
    if "channel" in by:
        mine = mine.where(_copy.c.channel_id + 0 == _IDS["channel"])  # so both databases stay on the person's index
    return mine.order_by(_copy.c.visible_at.desc()).limit(MOST_LOOKED_AT)


@cache
def _rows(by: frozenset[str]) -> Select[*tuple[Any, ...]]:
    sender = _user.alias("sender")
    copies = _copies(by, _copy.c.id, _copy.c.user_id, _copy.c.message_id, _copy.c.visible_at.label("at")).subquery()
    joined = (
        copies.join(_delivery, _delivery.c.notification_id == copies.c.id)
        .join(_message, _message.c.id == copies.c.message_id)
        .join(_channel, _channel.c.id == _delivery.c.channel_id)
        .join(_user, _user.c.id == copies.c.user_id)
        .outerjoin(sender, sender.c.id == _message.c.sender_id)
    )
    told = (
        *(_delivery.c[name] for name in _OWN),
        _message.c.subject,
        _message.c.system_sender,
        _channel.c.title,
        _user.c.username,
        _user.c.display_name,
        sender.c.display_name.label("sender"),
        copies.c.at,
        provider_name().label("provider"),
    )
    shown = select(*told).select_from(joined).where(_not_arrived())
    return shown.order_by(copies.c.at.desc(), _delivery.c.id.desc()).limit(bindparam("most", type_=Integer))


def _not_arrived() -> ColumnElement[bool]:
    arrived = ", ".join(f"'{state.value}'" for state in sorted(_ARRIVED))
    return literal_column(f"delivery.state NOT IN ({arrived})", type_=db.Boolean)


def _row(row: Row[*tuple[Any, ...]], now: datetime) -> MissedRow:
    course = Course(
        who=row.display_name,
        channel=row.title,
        sender=row.sender or row.system_sender or "",
        state=S(row.state),
        medium=Medium(row.medium),
        reason=Reason(row.reason) if row.reason else None,
        failures=row.failures,
        expires_at=row.expires_at,
        trouble=_trouble(row.last_error),
        provider=row.provider or "",
        upcoming=row.at > now,
        evidence=Evidence.of(row.evidence, row.reason),
    )
    who = Who(row.display_name, row.username)
    told = {"channel": row.title, "medium": course.medium, "state": course.state, "at": row.at}
    return MissedRow(id=row.id, subject=row.subject, recipient=who, cause=cause(course), **told)


def _trouble(last_error: str | None) -> Reason | None:
    """The reason of the last try: the stored error begins with its code, before the far side's words."""
    code = (last_error or "").partition(":")[0]
    return Reason(code) if code in _REASONS else None
