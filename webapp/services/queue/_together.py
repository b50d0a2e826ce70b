"""The deliveries that share one envelope: what a digest put together."""

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.domain.wording import Reader
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.message import Message

MOST_NAMED = 25  # others that are named; more are counted


@dataclass(frozen=True, slots=True)
class Other:
    """Another delivery in the same envelope."""

    id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Together:
    """How many others there are, and some of them, the oldest first."""

    count: int = 0
    others: tuple[Other, ...] = ()


def together(delivery: Delivery, *, reader: Reader) -> Together:
    """The other deliveries in its envelope. A sender sees none: they reveal what the recipient chose, and what others
    write to them."""
    if not delivery.envelope_id or reader is Reader.SENDER:
        return Together()
    columns = Delivery.id, Message.subject, func.count().over().label("n")
    others = select(*columns).join(Message, Message.id == Delivery.message_id)
    mine = Delivery.envelope_id == delivery.envelope_id, Delivery.id != delivery.id
    rows = db.session.execute(others.where(*mine).order_by(Delivery.id).limit(MOST_NAMED)).all()
    return Together(rows[0].n if rows else 0, tuple(Other(row.id, row.subject) for row in rows))
