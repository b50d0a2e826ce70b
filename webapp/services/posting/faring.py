"""How channels fare: who sends for them now, what failed lately, and what blocks them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from webapp.database import reading
from webapp.delivery.routes import Route, media_routes
from webapp.domain.bounded import Bounded
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models import subscriber as subscribers
from webapp.models.delivery import Delivery
from webapp.services.posting.channels import ChannelView

LATELY = timedelta(days=7)
MOST_FAILED = 1000  # the newest failures of all channels together; nobody reads a higher number
_FAILED = text("state IN ('undeliverable', 'unknown')")  # in the words of the partial index, so that it is used


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends by a medium now; ``provider`` is empty where none is active. ``instead_of`` is the primary that a
    fallback stands in for; ``paused`` is why even the chosen provider sends nothing."""

    medium: str
    provider: str | None = None
    instead_of: str | None = None
    paused: Reason | None = None


@dataclass(frozen=True, slots=True)
class Faring:
    """A channel, who sends by each of its media, how many of its deliveries failed for good lately, and its number of
    subscribers."""

    channel: ChannelView
    senders: tuple[Sender, ...]
    failed: Bounded
    subscribers: int = 0


def farings(*, channels: Iterable[ChannelView], now: datetime) -> list[Faring]:
    """How each of these channels fares, in their order; by three statements."""
    with reading(db.session) as session:
        ways, (failed, more) = media_routes(session), _failed(session, now - LATELY)
        told = subscribers.count_by_channel(session)
    return [
        Faring(
            channel,
            tuple(_sender(medium, ways.get(medium), now) for medium in channel.media),
            Bounded(failed[channel.id], more and bool(failed[channel.id])),
            told.get(channel.id, 0),
        )
        for channel in channels
    ]


def senders(*, channel: ChannelView, now: datetime) -> tuple[Sender, ...]:
    """Who sends by each of a channel's media, in their order; by one statement."""
    with reading(db.session) as session:
        ways = media_routes(session)
    return tuple(_sender(medium, ways.get(medium), now) for medium in channel.media)


def _sender(medium: str, route: Route | None, now: datetime) -> Sender:
    if route is None:
        return Sender(medium)
    account = route.sender_or_next(now)
    instead_of = None if account == route.primary else route.primary.name
    return Sender(medium, account.name, instead_of, account.stands.paused_reason)


def _failed(session: Session, since: datetime) -> tuple[Mapping[int, int], bool]:
    """How many of the newest failures each channel has; and whether there are older ones."""
    newest = select(Delivery.channel_id).where(_FAILED, Delivery.ended_at >= since).order_by(Delivery.ended_at.desc())
    some = newest.limit(MOST_FAILED + 1).subquery()
    rows = session.execute(select(some.c.channel_id, func.count().label("n")).group_by(some.c.channel_id))
    counted = Counter({row.channel_id: row.n for row in rows})
    return counted, counted.total() > MOST_FAILED
