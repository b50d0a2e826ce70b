"""Recovering a subscriber: sending its failed deliveries again, and making those that it never had.

It works in lots, each in a transaction of its own. A delivery that was taken up no longer matches, so a second click at
the same moment changes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, select
from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain import signals
from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import audit, by_hand
from webapp.models import subscriber as subscribers
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.delivery import Delivery, Move
from webapp.models.message import Message
from webapp.models.subscriber import Subscriber
from webapp.services.queue._lacking import lacking, make_up

MOST_RECOVERED = 10_000  # of each sort per click; counts stop there, too
LOT = 1_000  # deliveries in one transaction
_delivery, _move, _message = table_of(Delivery), table_of(Move), table_of(Message)


class Sort(StrEnum):
    """What may be recovered. ``NEVER``: messages that match its filters, but have no delivery for it."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NEVER = "never"


AGAIN = (Sort.FAILED, Sort.UNKNOWN, Sort.EXPIRED)  # sorts that have a delivery, which is sent again
_IS: Mapping[Sort, ColumnElement[bool]] = {
    Sort.FAILED: _delivery.c.state == S.UNDELIVERABLE.value,
    Sort.UNKNOWN: _delivery.c.state == S.UNKNOWN.value,
    Sort.EXPIRED: and_(_delivery.c.state == S.CANCELLED.value, _delivery.c.reason == Reason.EXPIRED.value),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many of each sort there are since then, counted to MOST_RECOVERED; ``active``: whether the subscriber is
    switched on."""

    id: int
    name: str
    active: bool
    counts: Mapping[Sort, Bounded]

    def total(self, sorts: Collection[Sort]) -> Bounded:
        """The total of these sorts."""
        return sum((self.counts[sort] for sort in sorts), NOTHING)


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many deliveries were sent again, and how many were made; ``more``: others are left."""

    again: int = 0
    made: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The subscriber, the earliest time (None: any), and the moment ``as_of`` at which the person looked."""

    id: int
    since: datetime | None
    as_of: datetime


def outlook(*, name: str, since: datetime | None, now: datetime) -> Outlook:
    """What a recovery from ``since`` on would take up. Without ``since``, no deliveries are made that never were.
    Raises Missing."""
    with reading(db.session) as session:
        subscriber = _subscriber(session, name)
        wanted = _Wanted(id=subscriber.id, since=since, as_of=now)
        named = [_counted(wanted, sort).label(sort.value) for sort in AGAIN]
        counts: dict[Sort, int] = dict(zip(AGAIN, session.execute(select(*named)).one(), strict=True))
        counts[Sort.NEVER] = len(_lacks(session, wanted, MOST_RECOVERED + 1))
        told = {sort: Bounded.of(n, most=MOST_RECOVERED) for sort, n in counts.items()}
        return Outlook(subscriber.id, subscriber.name, subscriber.active, told)


def recover(
    *,
    name: str,
    since: datetime | None = None,
    sorts: Collection[Sort] = (Sort.FAILED,),
    by: str,
    now: datetime,
    as_of: datetime | None = None,
    most: int = MOST_RECOVERED,
) -> Recovered:
    """Take up at most ``most`` of each of these sorts, the oldest first.

    What is sent again gets a new generation with all its tries, and a new envelope that names the old one. Deliveries
    that moved after ``as_of``, when the person looked, are left alone. Raises Missing where there is no such
    subscriber.
    """
    with reading(db.session) as session:
        wanted = _Wanted(id=_subscriber(session, name).id, since=since, as_of=as_of or now)
    again, left = _send_again(wanted, set(sorts) & set(AGAIN), by=by, now=now, most=most)
    made, unmade = _make_missed(name, wanted, by=by, now=now, most=most) if Sort.NEVER in sorts else (0, False)
    if again or made:
        _note(name, wanted, again=again, made=made, by=by, now=now)
    return Recovered(again, made, more=left or unmade)


def _subscriber(session: Session, name: str, *, lock: bool = False) -> Subscriber:
    found = subscribers.named(session, name, lock=lock)
    if found is None:
        raise Missing({"subscriber": f"There is no subscriber named “{name[:50]}”."})
    return found


def _note(name: str, wanted: _Wanted, *, again: int, made: int, by: str, now: datetime) -> None:
    after = {"sent again": again, "made": made, "since": wanted.since.isoformat() if wanted.since else None}
    with writing(db.session) as session:
        audit.note(session, at=now, who=by, what="recovered", target=f"subscriber:{name}", after=after)


# --- what is there --------------------------------------------------------------------------------------------------


def _theirs(wanted: _Wanted, sort: Sort) -> list[ColumnElement[bool]]:
    """The conditions for its deliveries of this sort. Ids sort by the time of posting, so the index over a subscriber's
    deliveries applies. A message that its poster has cancelled must reach nobody else."""
    since = [_delivery.c.id >= first_id(wanted.since)] if wanted.since else []
    cancelled = exists().where(_message.c.id == _delivery.c.message_id, _message.c.withdrawn_at.is_not(None))
    return [_delivery.c.subscriber_id == wanted.id, _IS[sort], ~cancelled, *since]


def _counted(wanted: _Wanted, sort: Sort) -> Any:
    few = select(literal(1)).select_from(_delivery).where(*_theirs(wanted, sort)).limit(MOST_RECOVERED + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _send_again(wanted: _Wanted, sorts: Collection[Sort], *, by: str, now: datetime, most: int) -> tuple[int, bool]:
    """How many were sent again, and whether there may be more."""
    done = [_send_sort_again(wanted, sort, by=by, now=now, most=most) for sort in AGAIN if sort in sorts]
    return sum(done), most in done


def _send_sort_again(wanted: _Wanted, sort: Sort, *, by: str, now: datetime, most: int) -> int:
    done = 0
    while done < most:
        with writing(db.session) as session:
            ids = session.scalars(_unmoved(wanted, sort, min(LOT, most - done))).all()
            moved = by_hand.send_again(session, by_hand.look(session, ids), now=now, by=by)
        if not moved:
            break
        signals.tell(signals.sent_again, ids=tuple(moved))
        done += len(moved)
    return done


def _unmoved(wanted: _Wanted, sort: Sort, limit: int) -> Select[*tuple[Any, ...]]:
    later = exists().where(_move.c.delivery_id == _delivery.c.id, _move.c.at > wanted.as_of).correlate(_delivery)
    return select(_delivery.c.id).where(*_theirs(wanted, sort), ~later).order_by(_delivery.c.id).limit(limit)


def _make_missed(name: str, wanted: _Wanted, *, by: str, now: datetime, most: int) -> tuple[int, bool]:
    """How many deliveries were made, and whether there may be more. The subscriber's row is locked: of two recoveries
    at once, the second finds what the first has made."""
    made = 0
    while made < most:
        with writing(db.session) as session:
            subscriber = _subscriber(session, name, lock=True)
            lacks = _lacks(session, wanted, min(LOT, most - made))
            if lacks:
                made += make_up(session, subscriber, lacks, by=by, now=now)
        if not lacks:
            return made, False
    return made, True


def _lacks(session: Session, wanted: _Wanted, most: int) -> list[Row[Any]]:
    """The messages that it lacks; none without a ``since``."""
    if wanted.since is None:
        return []
    return lacking(session, wanted.id, since=wanted.since, as_of=wanted.as_of, most=most)
