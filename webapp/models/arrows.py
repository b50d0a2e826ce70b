"""The one place where a delivery's state changes: one function per arrow, many deliveries at once, each in the ledger.

An arrow out of ``sending`` asks for the lease's token: a process that has lost its lease moves nothing.
All run inside the caller's write transaction. How what is due gets into ``sending`` stands in ``claims``, what persons
move in ``by_hand``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, insert, literal_column, select, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import FINAL, may_move
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.models import state_news
from webapp.models._among import among, among_given
from webapp.models._columns import table_of
from webapp.models._rows import insert_rows, update_rows
from webapp.models.delivery import Delivery, Move
from webapp.models.leases import Leased, still_leased

_delivery, _move = table_of(Delivery), table_of(Move)
_WAITING = (S.QUEUED, S.HELD, S.RETRYING)
_NOT_LEASED = {"lease_token": None, "lease_until": None, "started_at": None}
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Change(NamedTuple):
    """One delivery on its way out of ``sending``: why, and further columns to write; it is in its envelope already."""

    delivery: Leased
    reason: Reason | None = None
    values: Mapping[str, Any] = _NOTHING


# --- into the queue -----------------------------------------------------------------------------------------------


def queue(session: Session, rows: Sequence[Mapping[str, Any]], *, now: datetime, by: str) -> None:
    """(new) → queued: the deliveries of a post."""
    insert_rows(session, _delivery, [{**row, "state": S.QUEUED.value, "created_at": now} for row in rows])
    said = {"became": S.QUEUED.value, "at": now, "by": by}
    insert_rows(session, _move, [{"delivery_id": row["id"], **said} for row in rows])


# --- what came of a try -------------------------------------------------------------------------------------------


def sent(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → sent: the far side took it."""
    return _leave(session, S.SENT, changes, at=now, by=by)


def retry_later(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → retrying: a temporary failure, or a wait; ``values`` say when and at what cost."""
    return _leave(session, S.RETRYING, changes, at=now, by=by)


def give_up(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → undeliverable: refused for good, or exhausted."""
    return _leave(session, S.UNDELIVERABLE, changes, at=now, by=by)


def leave_open(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → unknown: it may have arrived, and only a person can find out."""
    return _leave(session, S.UNKNOWN, changes, at=now, by=by)


def put_back(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → queued: given back before anything was rendered; costs nothing."""
    return _leave(session, S.QUEUED, changes, at=now, by=by)


def hold(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → held: there is nothing to send it with; costs nothing."""
    return _leave(session, S.HELD, changes, at=now, by=by)


def filter_out(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → filtered: it was decided not to send it."""
    return _leave(session, S.FILTERED, changes, at=now, by=by)


def fold(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → folded: its formatter put it into no output."""
    return _leave(session, S.FOLDED, changes, at=now, by=by)


def cancel(session: Session, changes: Sequence[Change], *, now: datetime, by: str) -> set[str]:
    """sending → cancelled: its time to live passed between claim and send."""
    return _leave(session, S.CANCELLED, changes, at=now, by=by)


# --- without a lease ----------------------------------------------------------------------------------------------


def expire(session: Session, *, now: datetime, by: str, limit: int) -> list[str]:
    """queued | held | retrying → cancelled: the time to live has passed. Recorded, not silently dropped.

    At most ``limit`` at once; gives their ids. The states stand in the statement as they do in the index.
    """
    waits = _delivery.c.state.in_([literal_column(f"'{was.value}'") for was in _WAITING])
    over = select(_delivery.c.id, _delivery.c.state).where(waits, _delivery.c.expires_at <= now).limit(limit)
    gone: dict[S, list[str]] = defaultdict(list)
    for row in session.execute(over.with_for_update(skip_locked=True)):
        gone[S(row.state)].append(row.id)
    for was, ids in gone.items():
        move_where(session, was, S.CANCELLED, among(_delivery.c.id, ids), reason=Reason.EXPIRED, at=now, by=by)
    return [id_ for ids in gone.values() for id_ in ids]


# --- how every arrow does it --------------------------------------------------------------------------------------


def _leave(session: Session, became: S, changes: Sequence[Change], *, at: datetime, by: str) -> set[str]:
    """Out of ``sending``, for those still under their lease. Gives their ids."""
    mine = still_leased(session, [change.delivery for change in changes])
    moving = [change for change in changes if change.delivery.id in mine]
    if not moving:
        return set()
    common = {"state": became.value, **_NOT_LEASED, **({"ended_at": at} if became in FINAL else {})}
    for (reason, columns), alike in _alike(moving).items():
        ids = [change.delivery.id for change in alike]
        # While the lease is still in the row.
        record(session, S.SENDING, became, ids, at=at, by=by, reason=reason)
        same = common | {"reason": _code(reason)}
        if columns:
            update_rows(session, _delivery, [{"id": change.delivery.id, **same, **change.values} for change in alike])
        else:
            session.execute(_marking(tuple(same)), {"ids": ids, **{f"new_{name}": same[name] for name in same}})
    state_news.note(session, mine, became, at=at)
    return mine


@cache
def _marking(names: Sequence[str]) -> Any:
    """Write these columns, each as ``new_`` and its name, into the rows of ``ids``."""
    new = {name: bindparam(f"new_{name}", type_=_delivery.c[name].type) for name in names}
    return update(_delivery).where(among_given(_delivery.c.id)).values(new)


def _alike(changes: Iterable[Change]) -> Mapping[tuple[Reason | None, frozenset[str]], list[Change]]:
    """By the reason and the columns that are written: a statement over many rows takes its columns from the first."""
    alike: dict[tuple[Reason | None, frozenset[str]], list[Change]] = defaultdict(list)
    for change in changes:
        alike[change.reason, frozenset(change.values)].append(change)
    return alike


def move_where(
    session: Session,
    was: S,
    became: S,
    *where: ColumnElement[bool],
    at: datetime,
    by: str,
    reason: Reason | None = None,
    values: Mapping[str, Any] | None = None,
    skip_locked: bool = False,
    limit: int | None = None,
) -> list[str]:
    """For all that are so; ``values`` are further columns to write. Gives their ids.

    They are locked in the order of their ids: two such moves, met in other orders, would wait for each other for ever.
    With ``skip_locked``, what another transaction is moving is left to it.
    """
    ended = {"ended_at": at} if became in FINAL else {}
    wanted = (
        select(_delivery.c.id)
        .where(*where)
        .order_by(_delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=skip_locked)
        .cte("wanted")
    )
    ids = session.scalars(
        update(_delivery)
        .where(_delivery.c.id.in_(select(wanted.c.id)))
        .values({"state": became.value, "reason": _code(reason), **ended, **(values or {})})
        .returning(_delivery.c.id)
    ).all()
    record(session, was, became, ids, at=at, by=by, reason_as_written=True)
    state_news.note(session, ids, became, at=at)
    return list(ids)


def record(
    session: Session,
    was: S,
    became: S,
    ids: Collection[str],
    *,
    at: datetime,
    by: str,
    reason: Reason | None = None,
    reason_as_written: bool = False,
) -> None:
    """The ledger's part of a move, with the envelope and the lease that are in the rows at this moment; and, where that
    is ``reason_as_written``, with the reason."""
    if not may_move(was, became):
        raise ValueError(f"There is no move from {was} to {became}.")
    if not ids:
        return
    as_written = ["envelope_id", "lease_token"]
    as_written += ["lease_until"] if became is S.SENDING else []
    as_written += ["reason"] if reason_as_written else []
    said = {"said_was": was.value, "said_became": became.value, "said_at": at, "said_by": by}
    session.execute(_entry(tuple(as_written)), {"ids": list(ids), **said, "said_reason": _code(reason)})


@cache
def _entry(as_written: Sequence[str]) -> Any:
    """A line of the ledger for each row of ``ids``: these columns as they are, the others as they are said."""
    others = [name for name in ("was", "became", "at", "by", "reason") if name not in as_written]
    words = [bindparam(f"said_{name}", type_=_move.c[name].type) for name in others]
    rows = select(_delivery.c.id, *words, *(_delivery.c[name] for name in as_written))
    rows = rows.where(among_given(_delivery.c.id)).order_by(_delivery.c.id)
    return insert(_move).from_select(["delivery_id", *others, *as_written], rows)


def _code(reason: Reason | None) -> str | None:
    return reason.value if reason else None
