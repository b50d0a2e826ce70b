"""Claims: what is due is taken hold of under a lease, many at once, each in the ledger; so that what goes out together
is claimed together.

Two processes never get the same one: PostgreSQL skips what another has locked, SQLite has one writer.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, tuple_, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.models._columns import table_of
from webapp.models.arrows import move_where, record
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope
from webapp.models.leases import LEASED_COLUMNS, Leased, is_in

_Rows = Select[*tuple[Any, ...]]
Group = tuple[int, int, str]  # a person, a channel, a medium
_delivery, _envelope = table_of(Delivery), table_of(Envelope)
_FIRST_TRIES = 1  # the only lock of this database that has a number for a name
_IN_ORDER = (_delivery.c.due_at, _delivery.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim of what was ``due``, made ``now``, by that part of the engine; and the lease that it gives."""

    due: datetime
    now: datetime
    token: str
    until: datetime
    by: str


def is_our_turn(session: Session) -> bool:
    """Whether this process may take hold of first tries until its transaction ends: one does after the other. Of two at
    the same moment, each would take its part of what goes out together. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return session.scalar(select(func.pg_try_advisory_xact_lock(_FIRST_TRIES))) is True


def claim(
    session: Session,
    was: Literal[S.QUEUED, S.RETRYING],
    made: Claim,
    *,
    limit: int,
    crashed: bool = False,
    busy: Collection[str] = (),
    only: str | None = None,
) -> list[Leased]:
    """queued | retrying → sending: at most ``limit``, the longest due first.

    Of what is retrying, whole envelopes: at most ``limit`` of them, each with all that waits in it, whenever that is
    due. With ``crashed``, what was being sent when a process died, which is better claimed alone. ``busy`` media are
    left where they are, or all but the ``only`` one.
    """
    due = *_due(was, made.due, crashed=crashed), *of_media(busy, only)
    if was is S.QUEUED:
        return _take(session, was, _first(select(_delivery.c.id), due, limit), made)
    ids = _in_envelopes(session, due, made, limit)
    return _take(session, was, select(_delivery.c.id).where(_delivery.c.id.in_(ids)), made) if ids else []


def claim_groups(session: Session, groups: Collection[Group], made: Claim, *, limit: int) -> list[Leased]:
    """queued → sending: what else is due of these groups; at most ``limit``. The rest is a group of its own, later."""
    its = tuple_(_delivery.c.user_id, _delivery.c.channel_id, _delivery.c.medium).in_(sorted(groups))
    wanted = _first(select(_delivery.c.id), (*_due(S.QUEUED, made.due), its), limit)
    return _take(session, S.QUEUED, wanted, made)


def crashed_are_due(session: Session, *, before: datetime, busy: Collection[str] = ()) -> bool:
    """Whether a delivery that was in flight when a process died, not by a ``busy`` medium, has been due since then."""
    met = *_due(S.RETRYING, before, crashed=True), *of_media(busy)
    return session.scalar(select(_delivery.c.id).where(*met).limit(1)) is not None


def of_media(busy: Collection[str], only: str | None = None) -> list[ColumnElement[bool]]:
    """All media but those that are ``busy``, or the ``only`` one."""
    return [_delivery.c.medium == only] if only else [_delivery.c.medium.not_in(busy)] if busy else []


def _due(was: S, at: datetime, *, crashed: bool = False) -> tuple[ColumnElement[bool], ...]:
    met = _delivery.c.crashes > literal_column("0") if crashed else _delivery.c.crashes == literal_column("0")
    return is_in(was), _delivery.c.due_at <= at, met


def _first(wanted: _Rows, where: Iterable[ColumnElement[bool]], limit: int) -> _Rows:
    ordered = wanted.where(*where).order_by(*_IN_ORDER).limit(limit)
    return ordered.with_for_update(skip_locked=True, of=_delivery)


def _take(session: Session, was: S, wanted: _Rows, made: Claim) -> list[Leased]:
    """→ sending, for those that are ``wanted``; in the order in which they were due."""
    lease, these = {"lease_token": made.token, "lease_until": made.until}, wanted.cte("wanted")
    claimed = session.execute(
        update(_delivery)
        .where(_delivery.c.id.in_(select(these.c.id)))
        .values({"state": S.SENDING.value, **lease})
        .returning(*LEASED_COLUMNS, _delivery.c.due_at)
    ).all()
    record(session, was, S.SENDING, ({"delivery_id": row.id, **lease} for row in claimed), at=made.now, by=made.by)
    in_order = sorted(claimed, key=lambda row: (row.due_at, row.id))
    return [Leased(*tuple(row)[:-1]) for row in in_order]


# --- whole envelopes ----------------------------------------------------------------------------------------------


def _in_envelopes(session: Session, due: Iterable[ColumnElement[bool]], made: Claim, limit: int) -> set[str]:
    """The ids of what is claimed of what is retrying. Nothing more is asked where no envelope holds several."""
    columns = _delivery.c.id, _delivery.c.envelope_id, _envelope.c.members
    seeds: _Rows = select(*columns).outerjoin(_envelope, _delivery.c.envelope_id == _envelope.c.id)
    first_of_its = or_(_envelope.c.members.is_(None), ~_has_one_before())
    found = session.execute(_first(seeds, (*due, first_of_its), limit)).all()
    shared = {row.envelope_id for row in found if row.members}
    return {row.id for row in found if not row.members} | (_whole(session, shared, made) if shared else set())


def _has_one_before() -> ColumnElement[bool]:
    """An envelope is found by the first in it that is due, so that a limit counts envelopes."""
    other = _delivery.alias("other")
    waits = other.c.state == literal_column(f"'{S.RETRYING.value}'")
    before = tuple_(other.c.due_at, other.c.id) < tuple_(*_IN_ORDER)
    return select(other.c.id).where(other.c.envelope_id == _delivery.c.envelope_id, waits, before).exists()


def _whole(session: Session, envelopes: Collection[str], made: Claim) -> set[str]:
    """All that waits in these envelopes; what was held of them is released with the others.

    One of which a part is out of reach, because somebody moves or sends that just now, is left for the next time: else
    two processes would each take their part for what is left of the whole, and send it as something new.
    """
    inside = _delivery.c.envelope_id.in_(envelopes)
    alive = _delivery.c.state.in_((S.QUEUED, S.HELD, S.RETRYING, S.SENDING))
    waiting = inside & or_(is_in(S.RETRYING), is_in(S.HELD))
    locked = select(_delivery.c.id).where(waiting).order_by(_delivery.c.id).with_for_update(skip_locked=True)
    mine = set(session.scalars(locked))
    rows = session.execute(
        select(_delivery.c.id, _delivery.c.envelope_id, _delivery.c.state).where(inside, alive)
    ).all()
    torn = {row.envelope_id for row in rows if row.id not in mine}
    whole = {row.id: row.state for row in rows if row.envelope_id not in torn}
    if held := [id_ for id_, state in whole.items() if state == S.HELD]:
        move_where(session, S.HELD, S.RETRYING, _delivery.c.id.in_(held), at=made.now, by=made.by)
    return set(whole)
