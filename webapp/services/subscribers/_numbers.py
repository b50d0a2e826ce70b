"""The numbers beside subscribers: deliveries that wait, and deliveries that failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ScalarSelect, func, literal, literal_column, select, text

from webapp.domain.bounded import Bounded
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber

MOST_WAITING = 1000  # per subscriber and state
MOST_FAILED = 1000  # the newest failures of all subscribers together
_WAITS = ("queued", "held", "retrying")
# Literals, so that SQLite recognises that its partial indexes apply.
_FAILED = text("state IN ('undeliverable', 'unknown')")
_THEIRS = Delivery.subscriber_id.is_not(None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """By subscriber id and state, how many deliveries wait, counted to MOST_WAITING; by id, how many of the newest
    MOST_FAILED failures are its own. ``failed_more``: there are older ones."""

    waiting: Mapping[tuple[int, str], Bounded] = field(default_factory=dict)
    failed: Mapping[int, int] = field(default_factory=dict)
    failed_more: bool = False


NONE = Numbers()


def count() -> Numbers:
    """The numbers of all subscribers, by two statements."""
    waiting = db.session.execute(select(Subscriber.id, *map(_waiting, _WAITS)))
    newest = select(Delivery.subscriber_id).where(_FAILED)
    bounded = newest.order_by(Delivery.ended_at.desc(), Delivery.id.desc()).limit(MOST_FAILED + 1).subquery()
    failed = db.session.execute(select(bounded.c.subscriber_id, func.count()).group_by(bounded.c.subscriber_id)).all()
    return Numbers(
        waiting={
            (id, state): Bounded.of(n, most=MOST_WAITING)
            for id, *counted in waiting
            for state, n in zip(_WAITS, counted, strict=True)
        },
        failed={id: min(found, MOST_FAILED) for id, found in failed if id},
        failed_more=sum(found for _id, found in failed) > MOST_FAILED,
    )


def _waiting(state: str) -> ScalarSelect[int]:
    """A column beside each subscriber: its number of deliveries in that state, by that state's index."""
    its = Delivery.state == literal_column(f"'{state}'"), _THEIRS, Delivery.subscriber_id == Subscriber.id
    some = select(literal(1)).select_from(Delivery).where(*its).correlate(Subscriber).limit(MOST_WAITING + 1)
    return select(func.count()).select_from(some.subquery()).correlate(Subscriber).scalar_subquery()
