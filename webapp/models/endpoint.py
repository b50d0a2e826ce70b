"""How subscribers' endpoints fare, written with every lot; and switching off those that fail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from webapp.domain.endpoint import Fares, Off
from webapp.models._columns import table_of
from webapp.models.subscriber import Subscriber, SubscriberHealth

_subscriber, _health = table_of(Subscriber), table_of(SubscriberHealth)


@dataclass(frozen=True, slots=True)
class EndpointStanding:
    """A subscriber, for judging its tries: the version of its settings, and how its endpoint fares."""

    id: int
    name: str
    version: int
    active: bool
    fares: Fares


def standing(session: Session, ids: Collection[int]) -> list[EndpointStanding]:
    """Those of these subscribers that were not removed, locked for this transaction; in the order of their ids: two
    processes that locked them in different orders could deadlock."""
    columns = [_subscriber.c[name] for name in ("id", "name", "version", "active")]
    joined = select(*columns, _health.c.streak, _health.c.failing_since).join_from(_subscriber, _health)
    wanted = joined.where(_subscriber.c.id.in_(ids), _subscriber.c.removed_at.is_(None)).order_by(_subscriber.c.id)
    rows = session.execute(wanted.with_for_update(key_share=True))
    return [
        EndpointStanding(row.id, row.name, row.version, row.active, Fares(row.streak, row.failing_since))
        for row in rows
    ]


def note_health(
    session: Session,
    *,
    subscriber_id: int,
    fares: Fares,
    success_at: datetime | None,
    error: str | None,
    error_at: datetime | None,
) -> None:
    """Write down how an endpoint fares, and its last success and error where there were any."""
    values: dict[str, Any] = {"streak": fares.streak, "failing_since": fares.failing_since}
    values |= {"last_success_at": success_at} if success_at else {}
    values |= {"last_error": error, "last_error_at": error_at} if error_at else {}
    session.execute(update(_health).where(_health.c.subscriber_id == subscriber_id).values(values))


def give_up(session: Session, *, subscriber_id: int, why: Off, now: datetime) -> None:
    """Switch its subscriber off. The caller holds ``standing``, and what waits is to be held in the same transaction
    (``holding.strand_subscriber``)."""
    off = {"active": False, "off_why": why.value, "off_at": now, "off_by": None}
    session.execute(update(_subscriber).where(_subscriber.c.id == subscriber_id).values(off))


def given_up(session: Session) -> Sequence[Row[*tuple[Any, ...]]]:
    """The subscribers that were switched off for their endpoint's failures, not by a person; why, and the last error of
    each."""
    columns = [*(_subscriber.c[name] for name in ("id", "name", "off_why")), _health.c.last_error]
    off = ~_subscriber.c.active, _subscriber.c.off_why.in_([Off.GONE, Off.FAILING]), _subscriber.c.removed_at.is_(None)
    return session.execute(select(*columns).join_from(_subscriber, _health).where(*off)).all()
