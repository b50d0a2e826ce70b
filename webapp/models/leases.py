"""Leases: which process holds a delivery, until when, and which leases have expired. No state changes here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.models._among import among, among_found
from webapp.models._columns import table_of
from webapp.models._rows import asked_of_rows, update_rows
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery

_delivery, _channel = table_of(Delivery), table_of(Channel)
Lane = str | int  # what can be held up by itself: a medium for people, or one subscriber (its id)


class Leased(NamedTuple):
    """A delivery, for a person or a subscriber, that this process holds: what the engine needs of it, and the token
    that proves the lease."""

    id: str
    message_id: str
    user_id: int | None
    channel_id: int
    medium: str
    generation: int
    failures: int
    crashes: int
    raises: int
    last_delay_s: float | None
    expires_at: datetime
    envelope_id: str | None
    lease_token: str
    replaces: str | None = None
    subscriber_id: int | None = None

    @property
    def person_id(self) -> int:
        """The person's id; 0, which is nobody's, for a subscriber's delivery."""
        return self.user_id or 0

    @property
    def lane(self) -> Lane:
        """The lane in which it waits."""
        return self.subscriber_id or self.medium


LEASED_COLUMNS = [_delivery.c[name] for name in Leased._fields]


def renew(session: Session, held: Sequence[Leased], *, until: datetime) -> set[str]:
    """Extend leases; not a move. Returns the ids of those that are still ours."""
    mine = still_leased(session, held)
    session.execute(update(_delivery).where(among(_delivery.c.id, mine)).values(lease_until=until))
    return mine


class Starting(NamedTuple):
    """A delivery that is handed to the senders: in which envelope, and the record of the decision to send it."""

    id: str
    envelope_id: str
    decided: Mapping[str, object] | None = None


def start(session: Session, starting: Sequence[Starting], *, now: datetime) -> None:
    """Write down what is now handed to the senders; not a move. The caller knows that all of it is ``still_leased``."""
    rows = [
        {"id": one.id, "envelope_id": one.envelope_id, "evidence": one.decided, "started_at": now} for one in starting
    ]
    update_rows(session, _delivery, rows)


@dataclass(frozen=True, slots=True)
class Lost:
    """A delivery whose lease has expired: its process died, froze or lost the database.

    ``at_most_once`` is its channel's setting for people; a subscriber is always told at least once.
    """

    delivery: Leased
    started_at: datetime | None
    at_most_once: bool


def lost(session: Session, *, now: datetime, lease: timedelta, limit: int) -> list[Lost]:
    """Deliveries in ``sending`` that nobody holds any more, locked for this transaction.

    A lease further ahead than twice its length was written under a clock that has since gone back.
    """
    over = or_(_delivery.c.lease_until <= now, _delivery.c.lease_until > now + 2 * lease)
    at_most_once = (_channel.c.at_most_once & _delivery.c.subscriber_id.is_(None)).label("at_most_once")
    rows = session.execute(
        select(*LEASED_COLUMNS, _delivery.c.started_at, at_most_once)
        .join_from(_delivery, _channel, _delivery.c.channel_id == _channel.c.id)
        .where(is_in(S.SENDING), over)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_delivery)
    )
    return [Lost(Leased._make(row[:-2]), row.started_at, bool(row.at_most_once)) for row in rows]


def still_leased(session: Session, held: Sequence[Leased]) -> set[str]:
    """The ids of those whose lease is still the one we took, locked for this transaction."""
    rows = [{"id": leased.id, "lease_token": leased.lease_token} for leased in held]
    return {leased.id for leased in held} - set(asked_of_rows(session, _delivery, rows, _not_leased))


def _not_leased(given: FromClause) -> Select[tuple[str]]:
    """Those that are not ours any more. That is nearly always none, so nearly nothing has to be fetched."""
    # Found by their keys: on PostgreSQL, the index of what is ``sending`` keeps dead entries until the next vacuum.
    held = is_in_unindexed(S.SENDING), among_found(_delivery.c.id, select(given.c.id))
    # In one order everywhere, or two processes could deadlock.
    mine = (
        select(_delivery.c.id, _delivery.c.lease_token)
        .where(*held)
        .order_by(_delivery.c.id)
        .with_for_update()
        .cte("mine")
    )
    still = exists().where(mine.c.id == given.c.id, mine.c.lease_token == given.c.lease_token)
    return select(given.c.id).where(~still)


def is_in(state: S) -> ColumnElement[bool]:
    """The state as a literal, not a parameter: SQLite uses a partial index only where it can prove that the statement
    implies its condition."""
    return _delivery.c.state == literal_column(f"'{state.value}'")


def is_in_unindexed(state: S) -> ColumnElement[bool]:
    """The same for rows that are found otherwise, such as by their keys: compared so that no index on the state is
    used, whatever the statistics of a quiet day promise."""
    return func.lower(_delivery.c.state) == state.value
