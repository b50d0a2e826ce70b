"""What a subscriber was sent last: its newest deliveries, and the state of each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message

MOST = 10


@dataclass(frozen=True, slots=True)
class LatestDelivery:
    """One delivery. ``tries`` counts failed tries, ``left`` how many more there may be; ``due_at`` is when the next one
    is, if there is one; ``error`` is the last answer."""

    id: str
    subject: str
    channel: str
    state: DeliveryState
    reason: Reason | None
    tries: int
    left: int
    posted_at: datetime
    due_at: datetime
    ended_at: datetime | None
    error: str | None


def deliveries(*, subscriber_id: int) -> list[LatestDelivery]:
    """The newest first."""
    newest = (
        select(Delivery, Message.subject, Channel.name)
        .join(Message, Message.id == Delivery.message_id)
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.id.desc())
        .limit(MOST)
    )
    return [_shown(*row) for row in db.session.execute(newest)]


def _shown(delivery: Delivery, subject: str, channel: str) -> LatestDelivery:
    return LatestDelivery(
        id=delivery.id,
        subject=subject,
        channel=channel,
        state=DeliveryState(delivery.state),
        reason=Reason(delivery.reason) if delivery.reason else None,
        tries=delivery.failures,
        left=delivery.retries_left,
        posted_at=delivery.created_at,
        due_at=delivery.due_at,
        ended_at=delivery.ended_at,
        error=delivery.last_error,
    )
