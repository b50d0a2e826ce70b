"""What is counted beside subscribers: what waits for them, and what failed for good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, literal_column, select, text, union_all

from webapp.extensions import db
from webapp.models.delivery import Delivery

MOST_FAILED = 1000  # the newest of everybody's
# Literals, so that SQLite sees that its partial indexes hold them.
_FAILED = text("state IN ('undeliverable', 'unknown')")
_THEIRS = Delivery.subscriber_id.is_not(None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """By a subscriber's id and a state, how many deliveries wait in it; and by its id how many failed, of the newest
    MOST_FAILED that did: with ``failed_more`` there are older ones."""

    waiting: Mapping[tuple[int, str], int] = field(default_factory=dict)
    failed: Mapping[int, int] = field(default_factory=dict)
    failed_more: bool = False


NONE = Numbers()


def count() -> Numbers:
    """The numbers of all subscribers, by two statements."""
    waiting = db.session.execute(union_all(*(_waiting(state) for state in ("queued", "held", "retrying"))))
    newest = select(Delivery.subscriber_id).where(_FAILED)
    bounded = newest.order_by(Delivery.ended_at.desc(), Delivery.id.desc()).limit(MOST_FAILED + 1).subquery()
    failed = db.session.execute(select(bounded.c.subscriber_id, func.count()).group_by(bounded.c.subscriber_id)).all()
    return Numbers(
        waiting={(id, state): found for id, state, found in waiting if id},
        failed={id: min(found, MOST_FAILED) for id, found in failed if id},
        failed_more=sum(found for _id, found in failed) > MOST_FAILED,
    )


def _waiting(state: str) -> Select[Any, Any, int]:
    """By the index of that state, which has all that is asked."""
    same = literal_column(f"'{state}'")
    counted = select(Delivery.subscriber_id, same.label("state"), func.count())
    return counted.where(Delivery.state == same, _THEIRS).group_by(Delivery.subscriber_id)
