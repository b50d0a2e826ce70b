"""Cancelling one's own message: every delivery that has not left yet is stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.ids import is_id
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import audit, by_hand
from webapp.models import message as messages
from webapp.models.by_hand import CANCELLABLE
from webapp.models.delivery import Delivery
from webapp.models.message import Message

ON_THEIR_WAY = frozenset({S.SENDING, S.SENT, S.DELIVERED, S.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many deliveries were stopped, and how many were too late: they have left or are being sent."""

    cancelled: int
    on_their_way: int


def cancel(*, user_id: int, id: str, by: str, now: datetime) -> Cancelled:
    """Stop every delivery of one's own message that has not left. Everybody keeps their copy in the inbox. A delivery
    that is being sent is retried if it fails; cancel again to stop that. No subscriber gets the message later.

    Raises Missing, also for another's message.
    """
    _refuse_another(user_id, id)
    with writing(db.session) as session:
        messages.withdraw(session, id, now=now)  # first, so that what a recovery makes at this moment is found
        waiting = session.scalars(
            select(Delivery.id).where(Delivery.message_id == id, Delivery.state.in_([it.value for it in CANCELLABLE]))
        ).all()
        moved = by_hand.cancel(session, waiting, now=now, by=by)
        if moved:
            after = {"count": len(moved)}
            audit.note(session, at=now, who=by, what="cancelled", target=f"message:{id}", after=after)
        states = _states(session, id)
    if moved:
        signals.tell(signals.cancelled, ids=moved)
    return Cancelled(len(moved), sum(states.get(state.value, 0) for state in ON_THEIR_WAY))


def _refuse_another(user_id: int, id: str) -> None:
    with reading(db.session) as session:
        mine = select(Message.id).where(Message.id == id, Message.sender_id == user_id)
        if not is_id(id) or session.scalar(mine) is None:
            raise Missing({"id": "There is no such message among those you sent."})


def _states(session: Session, id: str) -> Mapping[str, int]:
    counted = select(Delivery.state, func.count()).where(Delivery.message_id == id).group_by(Delivery.state)
    return {row[0]: row[1] for row in session.execute(counted)}
