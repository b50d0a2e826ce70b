"""News of states, for posters who want to be told what becomes of their deliveries.

It is written in the transaction of the move, and deleted in the one that tells it: nothing is lost or told twice.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Row, Select, String, delete, exists, insert, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models._among import among
from webapp.models._columns import LedgerKey, table_of
from webapp.models.delivery import Delivery
from webapp.models.message import Message
from webapp.models.subscriber import Subscriber


class StateNews(db.Model):
    """A delivery's new state, of which the poster's own subscriber is still to be told. It is written in the
    transaction of the move and deleted in the one that posts it: nothing is lost, and nothing told twice."""

    __tablename__ = "state_news"

    id: Mapped[LedgerKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    delivery_id: Mapped[str] = mapped_column(String(26))
    message_id: Mapped[str] = mapped_column(String(26))
    state: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str | None] = mapped_column(String(30))
    at: Mapped[datetime]


# States that end a delivery, or change what is to be expected of it. Waiting for its turn is no news.
NEWS = frozenset(
    {S.SENT, S.DELIVERED, S.RETRYING, S.UNDELIVERABLE, S.UNKNOWN, S.FILTERED, S.CANCELLED, S.FOLDED, S.HELD}
)
_news, _delivery, _message = table_of(StateNews), table_of(Delivery), table_of(Message)
_subscriber = table_of(Subscriber)
_WANTED = _subscriber.c.owner_id.is_not(None), _subscriber.c.removed_at.is_(None)
_ANY_WANTED = select(exists().where(*_WANTED))


class News(NamedTuple):
    """A delivery's new state, and the subscriber that is to be told."""

    id: int
    subscriber_id: int
    delivery_id: str
    message_id: str
    state: S
    reason: Reason | None
    at: datetime


def note(session: Session, deliveries: Collection[str], state: S, *, at: datetime) -> None:
    """Write that these deliveries have just come into ``state``, where their posters want to be told.

    If nobody wants any news, that costs one query: every move of every delivery passes here.
    """
    if not deliveries or state not in NEWS or not session.scalar(_ANY_WANTED):
        return
    columns = ["subscriber_id", "delivery_id", "message_id", "state", "reason", "at"]
    session.execute(insert(_news).from_select(columns, _told(deliveries, state, at)))


def take(session: Session, *, limit: int) -> list[News]:
    """Delete at most ``limit`` news, the oldest first, and return them, to be told in this transaction.

    Only one process at a time tells one subscriber, or a delivery's later state could be told before an earlier one; so
    what another process has begun to tell is left to it.
    """
    first = select(_news.c.subscriber_id).order_by(_news.c.id).limit(limit).subquery()
    mine = _subscriber.c.id.in_(select(first.c.subscriber_id))
    locked = select(_subscriber.c.id).where(mine).order_by(_subscriber.c.id)
    ids = session.scalars(locked.with_for_update(skip_locked=True, key_share=True)).all()
    if not ids:
        return []
    oldest = select(_news).where(among(_news.c.subscriber_id, ids)).order_by(_news.c.id).limit(limit)
    found = [_read(row) for row in session.execute(oldest)]
    session.execute(delete(_news).where(among(_news.c.id, [one.id for one in found])))
    return found


def _told(deliveries: Collection[str], state: S, at: datetime) -> Select[*tuple[Any, ...]]:
    """The rows to write. A retry without a reason was only put off, and is no news."""
    joined = _delivery.join(_message, _delivery.c.message_id == _message.c.id)
    joined = joined.join(_subscriber, _subscriber.c.id == _message.c.states_to)
    told = select(
        _subscriber.c.id,
        _delivery.c.id,
        _message.c.id,
        literal(state.value),
        _delivery.c.reason,
        literal(at, _news.c.at.type),
    )
    again = [_delivery.c.reason.is_not(None)] if state is S.RETRYING else []
    wanted = among(_delivery.c.id, deliveries), _subscriber.c.removed_at.is_(None), *again
    return told.select_from(joined).where(*wanted).order_by(_delivery.c.id)


def _read(row: Row[Any]) -> News:
    news = News(*row)
    return news._replace(state=S(news.state), reason=Reason(news.reason) if news.reason else None)
