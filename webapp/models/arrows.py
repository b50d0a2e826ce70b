"""The one place where a delivery's state changes: one function per arrow, many deliveries at once, each in the ledger.

An arrow out of ``sending`` requires the lease's token: a process that has lost its lease moves nothing. All run inside
the caller's write transaction. Claiming (→ ``sending``) is in ``claims``, what persons do in ``by_hand``.
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
    """One delivery's move out of ``sending``: its reason, and further columns to write. Its envelope is in the row
    already."""

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

    At most ``limit`` at once; returns their ids. The states are literals in the statement, as in the index it uses.
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
    """Move out of ``sending`` those that are still under their lease. Returns their ids."""
    mine = still_leased(session, [change.delivery for change in changes])
    moving = [change for change in changes if change.delivery.id in mine]
    if not moving:
        return set()
    common = {"state": became.value, **_NOT_LEASED, **({"ended_at": at} if became in FINAL else {})}
    for (reason, columns), alike in _alike(moving).items():
        ids = [change.delivery.id for change in alike]
        # Before the update: the ledger copies the lease from the row.
        record(session, S.SENDING, became, ids, at=at, by=by, reason=reason)
        same = common | {"reason": _code(reason)}
        if columns:
            update_rows(session, _delivery, [{"id": change.delivery.id, **same, **change.values} for change in alike])
        else:
            session.execute(_update_of(tuple(same)), {"ids": ids, **{f"new_{name}": same[name] for name in same}})
    state_news.note(session, mine, became, at=at)
    return mine


@cache
def _update_of(names: Sequence[str]) -> Any:
    """An update of these columns, with parameters named ``new_`` and the column, for the rows in ``ids``."""
    new = {name: bindparam(f"new_{name}", type_=_delivery.c[name].type) for name in names}
    return update(_delivery).where(among_given(_delivery.c.id)).values(new)


def _alike(changes: Iterable[Change]) -> Mapping[tuple[Reason | None, frozenset[str]], list[Change]]:
    """Changes by their reason and columns: a statement over many rows takes its columns from the first."""
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
    """Move all deliveries that match ``where``; ``values`` are further columns to write. Returns their ids.

    They are locked in the order of their ids: two such moves that locked in different orders could deadlock. With
    ``skip_locked``, what another transaction is moving is left to it.
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
    """Write a move into the ledger, with the envelope and the lease that are in the rows at this moment; with
    ``reason_as_written``, the reason in them, too."""
    if not may_move(was, became):
        raise ValueError(f"There is no move from {was} to {became}.")
    if not ids:
        return
    as_written = ["envelope_id", "lease_token"]
    as_written += ["lease_until"] if became is S.SENDING else []
    as_written += ["reason"] if reason_as_written else []
    said = {"said_was": was.value, "said_became": became.value, "said_at": at, "said_by": by}
    session.execute(_insert_of_lines(tuple(as_written)), {"ids": list(ids), **said, "said_reason": _code(reason)})


@cache
def _insert_of_lines(as_written: Sequence[str]) -> Any:
    """An insert of one ledger line for each row of ``ids``: the columns ``as_written`` are copied from it, the others
    are parameters."""
    others = [name for name in ("was", "became", "at", "by", "reason") if name not in as_written]
    words = [bindparam(f"said_{name}", type_=_move.c[name].type) for name in others]
    rows = select(_delivery.c.id, *words, *(_delivery.c[name] for name in as_written))
    rows = rows.where(among_given(_delivery.c.id)).order_by(_delivery.c.id)
    return insert(_move).from_select(["delivery_id", *others, *as_written], rows)


def _code(reason: Reason | None) -> str | None:
    return reason.value if reason else None
