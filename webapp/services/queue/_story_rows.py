"""The rows from which the story of a delivery is told: the delivery joined with all it belongs to, and its ledger."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.ids import is_id
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.domain.strip import Step
from webapp.domain.wording import Reader
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Envelope
from webapp.models.message import Message
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.services._courses import RECIPIENT, with_recipients

_FAR = Envelope.far_status, Envelope.far_code, Envelope.far_words, Envelope.far_at
_SHORT = Delivery.id, Delivery.state, Delivery.due_at


@dataclass(frozen=True, slots=True)
class FarWord:
    """The latest that the far side has reported of an envelope: its own state name, its code, its words."""

    status: str
    code: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for a delivery, and when. Without ``operator`` they see what they sent, and what they receive once it is
    visible."""

    user_id: int
    operator: bool
    now: datetime

    def may_see(self) -> list[ColumnElement[bool]]:
        """The conditions on deliveries, joined with their messages, that this person may see."""
        if self.operator:
            return []
        theirs = and_(Delivery.user_id == self.user_id, Message.visible_at <= self.now)
        return [or_(Message.sender_id == self.user_id, theirs)]

    def reader(self, delivery: Delivery) -> Reader:
        """The role in which they read it: their own copy as its recipient, even if they also sent it."""
        if self.operator:
            return Reader.OPERATOR
        return Reader.RECIPIENT if delivery.user_id == self.user_id else Reader.SENDER


def one(statement: Select[*tuple[Any, ...]], id: str, asking: Asking) -> Row[*tuple[Any, ...]]:
    """The row of a delivery that this person may see. Raises Missing."""
    found = statement.where(Delivery.id == id, *asking.may_see())
    row = db.session.execute(found).one_or_none() if is_id(id) else None
    if row is None:
        raise Missing({"id": "There is no such delivery among those you may look at."})
    return row


def whole() -> Select[*tuple[Any, ...]]:
    """A delivery with all that it belongs to. For a subscriber, the policy is the subscriber's."""
    sender = aliased(User)
    people = (
        *RECIPIENT,
        sender.username.label("sender_username"),
        sender.display_name.label("sender_name"),
    )
    wanted = (
        Delivery,
        Message,
        Policy,
        Channel.name,
        Channel.title,
        Channel.at_most_once,
        Envelope.address,
        Subscriber.settings.label("endpoint"),
        *_SHORT,
        _last_move(),
    )
    joined = select(*wanted, *people, *_FAR).join_from(Delivery, Message, Delivery.message_id == Message.id)
    return (
        with_recipients(joined.join(Channel, Delivery.channel_id == Channel.id))
        .join(Policy, func.coalesce(Subscriber.policy_id, Channel.policy_id) == Policy.id)
        .outerjoin(sender, Message.sender_id == sender.id)
        .outerjoin(Envelope, Delivery.envelope_id == Envelope.id)
    )


def short() -> Select[*tuple[Any, ...]]:
    """Only what a delivery's version needs."""
    return select(*_SHORT, _last_move()).join_from(Delivery, Message, Delivery.message_id == Message.id)


def moves(id: str) -> Select[*tuple[Any, ...]]:
    """The ledger, in order."""
    wanted = select(Move.was, Move.became, Move.at, Move.by, Move.reason)
    return wanted.where(Move.delivery_id == id).order_by(Move.id)


def _last_move() -> Any:
    """A column for a statement on deliveries: the number of the last line in the ledger."""
    last = select(func.max(Move.id)).where(Move.delivery_id == Delivery.id)
    return last.correlate(Delivery).scalar_subquery().label("last_move")


def step(move: Row[*tuple[Any, ...]]) -> Step:
    """One line of the ledger as a Step."""
    was, reason = S(move.was) if move.was else None, Reason(move.reason) if move.reason else None
    return Step(was, S(move.became), move.at, move.by, reason)


def far_word(row: Row[*tuple[Any, ...]]) -> FarWord | None:
    """The far side's word from a row of ``whole``, if there is one."""
    return FarWord(row.far_status, row.far_code or "", row.far_words or "", row.far_at) if row.far_at else None


def version(row: Row[*tuple[Any, ...]], now: datetime) -> str:
    """Changes with every move; and, while it waits, whenever the displayed remaining time does."""
    left = None if S(row.state) in FINAL else _left((row.due_at - now).total_seconds())
    return hashlib.sha256(repr((row.id, row.state, row.due_at, row.last_move, left)).encode()).hexdigest()[:16]


def _left(seconds: float) -> int:
    """The remaining time as it is displayed: whole minutes, and seconds in the last one."""
    if seconds <= 0:
        return -1
    return round(seconds) if seconds < 60 else int(seconds // 60) * 60
