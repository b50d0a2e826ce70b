"""Claims: due deliveries are leased, many at once, each in the ledger; and what goes out together is claimed together.

Two processes never claim the same one: PostgreSQL skips what another has locked, SQLite has one writer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.models._among import among, among_found, among_given
from webapp.models._at_once import rows_of
from webapp.models._columns import table_of
from webapp.models._due import (
    IN_ORDER,
    LIMIT,
    Rows,
    crashed_ids_due,
    due,
    first,
    free,
    given,
    ids_due,
)
from webapp.models.arrows import move_where, record
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope
from webapp.models.leases import LEASED_COLUMNS, Lane, Leased, is_in_unindexed
from webapp.models.subscriber import Subscriber

AT_ONCE = 2000  # rows that go out together, in one claim: about half a second's work for a database
Group = tuple[int, int, str]  # a person, or 0 for any subscriber; a channel, a medium
_delivery, _envelope, _subscriber = table_of(Delivery), table_of(Envelope), table_of(Subscriber)
_FIRST_TRIES = 1  # the number of the advisory lock; no other in this database has a fixed one
_LEASE = update(_delivery).values(state=S.SENDING.value, lease_token=bindparam("token"), lease_until=bindparam("until"))
_LEASE_FOUND = _LEASE.where(among_given(_delivery.c.id))
_AS_HELD = [
    bindparam("token", type_=String) if column is _delivery.c.lease_token else column for column in LEASED_COLUMNS
]
_GROUP = (_delivery.c.user_id, _delivery.c.channel_id, _delivery.c.medium)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who claims (the part of the engine), when, what was ``due``; and the lease's token and end."""

    due: datetime
    now: datetime
    token: str
    until: datetime
    by: str


def may_claim_first_tries(session: Session) -> bool:
    """Whether this process may claim first tries until its transaction ends: only one may at a time. Two at the same
    moment would each take a part of what goes out together. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return session.scalar(select(func.pg_try_advisory_xact_lock(_FIRST_TRIES))) is True


def claim(
    session: Session,
    was: Literal[S.QUEUED, S.RETRYING],
    made: Claim,
    *,
    limit: int,
    only: str,
    busy: Collection[Lane] = (),
) -> list[Leased]:
    """queued | retrying → sending: at most ``limit`` of the medium ``only``, the longest due first. For webhooks: the
    first ``EACH`` of each subscriber that is not ``busy``.

    Of what is retrying, whole envelopes: at most ``limit``, each with all that waits in it, whenever that is due; fewer
    where they hold more than ``AT_ONCE`` deliveries together.
    """
    ids = ids_due(was, only)
    return _claim(session, was, ids, made, {**given(made.due, busy), "limit": limit})


def claim_crashed(
    session: Session,
    was: Literal[S.QUEUED, S.RETRYING],
    made: Claim,
    *,
    alone: bool = True,
    busy: Collection[Lane] = (),
) -> list[Leased]:
    """The same for what was in flight when a process died: one delivery, or all that waits in its envelope. One that
    must be sent ``alone`` in the process is claimed only if it would be. ``busy`` lanes are skipped."""
    return _claim(session, was, crashed_ids_due(was, alone=alone), made, {**given(made.due, busy), "limit": 1})


def seek(session: Session, made: Claim, *, limit: int, only: str, busy: Collection[Lane] = ()) -> list[Leased]:
    """Find and lock what is queued and due, as rows that this claim would hold: at most ``limit``, the longest due
    first. ``only`` and ``busy`` as in ``claim``."""
    seeking = _seek_statement(ids_due(S.QUEUED, only))
    found = rows_of(session, seeking, {**given(made.due, busy), "limit": limit, "token": made.token})
    return list(map(Leased._make, found))


def claim_found(session: Session, found: Collection[Leased], made: Claim) -> None:
    """queued → sending: what ``seek`` has found in this transaction."""
    if found:
        ids = [one.id for one in found]
        session.execute(_LEASE_FOUND, {"token": made.token, "until": made.until, "ids": ids})
        record(session, S.QUEUED, S.SENDING, ids, at=made.now, by=made.by)


def claim_groups(session: Session, groups: Iterable[Group], made: Claim) -> list[Leased]:
    """queued → sending: all that is due of these groups, from the first on, as long as they have no more than
    ``AT_ONCE`` together; the others stay queued. Only a group that is larger by itself is split: its rest is a group
    later."""
    some = list(groups)[:AT_ONCE]
    if not some or not (whole := _within_bound(session, some, made)):
        return []
    theirs = select(_delivery.c.id).where(*due(S.QUEUED), _of_groups(whole))
    return _claim_wanted(session, S.QUEUED, first(theirs), made, {"due": made.due, "limit": AT_ONCE})


def _within_bound(session: Session, groups: Sequence[Group], made: Claim) -> list[Group]:
    counted = select(*_GROUP, func.count()).where(*due(S.QUEUED), _of_groups(groups)).group_by(*_GROUP)
    sizes = {tuple(group): size for *group, size in session.execute(counted, {"due": made.due})}
    sums = accumulate(sizes.get(group, 0) for group in groups)
    return [
        group for place, (group, so_far) in enumerate(zip(groups, sums, strict=True)) if not place or so_far <= AT_ONCE
    ]


def _of_groups(groups: Sequence[Group]) -> ColumnElement[bool]:
    return tuple_(*_GROUP).in_(groups)


def crashed_are_due(session: Session, *, before: datetime, busy: Collection[Lane] = ()) -> dict[Lane, int]:
    """Lanes, none of them ``busy``, with a crashed delivery that was due ``before`` that time; each with the most
    crashes of one of them."""
    lane = _delivery.c.medium, _delivery.c.subscriber_id
    waiting = select(*lane, func.max(_delivery.c.crashes)).where(*due(S.RETRYING, crashed=True), *free())
    rows = session.execute(waiting.group_by(*lane), given(before, busy))
    return {subscriber_id or medium: crashes for medium, subscriber_id, crashes in rows}


# --- leasing ----------------------------------------------------------------------------------------------------------


def _claim(session: Session, was: S, ids: Rows, made: Claim, values: Mapping[str, Any]) -> list[Leased]:
    if was is S.QUEUED:
        return _run_claim(session, was, _lease_first_statement(ids), made, values)
    return _in_envelopes(session, ids, made, values)


def _claim_wanted(session: Session, was: S, wanted: Rows, made: Claim, values: Mapping[str, Any]) -> list[Leased]:
    """→ sending, for those that are ``wanted``; in the order in which they were due."""
    return _run_claim(session, was, _lease_statement(wanted), made, values)


def _run_claim(session: Session, was: S, statement: Any, made: Claim, values: Mapping[str, Any]) -> list[Leased]:
    claimed = session.execute(statement, {"token": made.token, "until": made.until, **values}).all()
    record(session, was, S.SENDING, [row.id for row in claimed], at=made.now, by=made.by)
    in_order = sorted(claimed, key=lambda row: (row.due_at, row.id))
    return [Leased._make(row[:-1]) for row in in_order]


def _lease_statement(wanted: Rows) -> Any:
    """An update that leases these rows under the parameters ``token`` and ``until``."""
    leasing = _LEASE.where(among_found(_delivery.c.id, select(wanted.cte("wanted").c.id)))
    return leasing.returning(*LEASED_COLUMNS, _delivery.c.due_at)


@cache
def _seek_statement(ids: Rows) -> Rows:
    return first(ids.with_only_columns(*_AS_HELD))


@cache
def _lease_first_statement(ids: Rows) -> Any:
    return _lease_statement(first(ids))


# --- whole envelopes ----------------------------------------------------------------------------------------------


def _in_envelopes(session: Session, ids: Rows, made: Claim, values: Mapping[str, Any]) -> list[Leased]:
    """Claim whole envelopes of what is retrying. Looks further only where nothing that was found could be claimed."""
    passed, limit = set[str](), values["limit"]
    wanted, among_these = _waiting(ids), {**values, "limit": limit + AT_ONCE}
    while rows := session.execute(wanted, among_these).all():
        picked = _picked(rows, passed, limit)
        whole = _whole(session, picked.shared, made) if picked.shared else set()
        if found := _claim_wanted(session, S.RETRYING, _still_retrying(picked.single, whole), made, {}):
            return found
        passed |= picked.shared.keys()
        wanted = _waiting(ids.where(tuple_(*IN_ORDER) > tuple_(picked.last.due_at, picked.last.id)))
    return []


@lru_cache(maxsize=64)
def _waiting(ids: Rows) -> Rows:
    """What is due, in order, with the size of its envelope. Nothing is locked: most of it may be left to others."""
    members = select(_envelope.c.members).where(_envelope.c.id == _delivery.c.envelope_id).scalar_subquery()
    columns = _delivery.c.due_at, _delivery.c.envelope_id, members.label("members")
    return ids.add_columns(*columns).order_by(*IN_ORDER).limit(LIMIT)


@dataclass(slots=True)
class _Picked:
    """Deliveries that go by themselves; envelopes of several, with their sizes; and the last row that was looked at."""

    last: Row[Any]
    single: list[str] = field(default_factory=list)
    shared: dict[str, int] = field(default_factory=dict)


def _picked(rows: Sequence[Row[Any]], passed: Collection[str], limit: int) -> _Picked:
    """The first ``limit`` envelopes, as long as they hold no more than ``AT_ONCE`` together; always at least one."""
    picked = _Picked(rows[0])
    for row in rows:
        full = len(picked.single) + len(picked.shared) == limit
        if not row.members:
            if full:
                break
            picked.single.append(row.id)
        elif row.envelope_id not in passed and row.envelope_id not in picked.shared:
            if full or (picked.shared and sum(picked.shared.values()) + row.members > AT_ONCE):
                break
            picked.shared[row.envelope_id] = row.members
        picked.last = row
    return picked


def _still_retrying(single: Collection[str], envelopes: Collection[str]) -> Rows:
    """Those that are still retrying; what another process has locked meanwhile is left to it.

    Found by their keys: by statistics from a quiet day, scanning all that is retrying would seem cheaper, but an outage
    makes that very many.
    """
    its = or_(among(_delivery.c.id, single), among(_delivery.c.envelope_id, envelopes))
    return select(_delivery.c.id).where(its, is_in_unindexed(S.RETRYING)).with_for_update(skip_locked=True)


def _whole(session: Session, envelopes: Collection[str], made: Claim) -> set[str]:
    """Those of these envelopes of which we could lock all that waits; what was held of them is released.

    An envelope with a part that somebody is moving or sending just now is left for the next time: otherwise two
    processes would each take a part for the whole rest of it, and send it as something new.
    """
    inside = among(_delivery.c.envelope_id, envelopes)
    waiting = inside & or_(is_in_unindexed(S.HELD), is_in_unindexed(S.RETRYING))
    locked = select(_delivery.c.id).where(waiting).order_by(_delivery.c.id).with_for_update(skip_locked=True)
    mine = set(session.scalars(locked))
    alive = inside & or_(*map(is_in_unindexed, (S.QUEUED, S.HELD, S.RETRYING, S.SENDING)))
    rows = session.execute(select(_delivery.c.id, _delivery.c.envelope_id, _delivery.c.state).where(alive)).all()
    whole = set(envelopes) - {row.envelope_id for row in rows if row.id not in mine}
    if any(row.state == S.HELD and row.envelope_id in whole for row in rows):
        held = among(_delivery.c.envelope_id, whole) & is_in_unindexed(S.HELD)
        move_where(session, S.HELD, S.RETRYING, held, at=made.now, by=made.by)
    return whole
