"""Allowances: how much of each rate limit has been used, counted exactly by any number of processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, String, bindparam, case, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import insert_or, table_of


class Allowance(db.Model):
    """How much of a rate limit has been used under a key (``token:7``), in the window that began at ``since``."""

    __tablename__ = "allowance"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    since: Mapped[datetime]
    used: Mapped[int]


_allowance = table_of(Allowance)


@dataclass(frozen=True, slots=True)
class Used:
    """Whether the use was allowed, how much is left in this window, and when the window ends."""

    allowed: bool
    remaining: int
    resets_at: datetime


def use(session: Session, *, key: str, amount: int, most: int, window: timedelta, now: datetime) -> Used:
    """Use ``amount`` of the ``most`` that ``key`` is allowed in a ``window``, which begins with its first use. Where
    less is left, nothing is used.

    One statement counts, so it is exact however many processes ask at once. The key's row stays locked until the
    transaction ends: others with the same key wait, then go on from what was committed. Across the border of two
    windows, twice as much can be used in a row.
    """
    row = _count(session, key, amount, most=most, window=window, now=now) if amount <= most else None
    if row is not None:
        return Used(True, most - row.used, row.since + window)
    found = session.execute(select(_allowance.c.since, _allowance.c.used).where(_allowance.c.key == key)).one_or_none()
    if found is None or not now - window < found.since <= now + window:
        return Used(False, most, now + window)
    return Used(False, max(0, most - found.used), found.since + window)


def _count(session: Session, key: str, amount: int, *, most: int, window: timedelta, now: datetime) -> Any:
    """The key's row after this use; None where that exceeds the limit. A window that begins further ahead than it is
    long was opened under a clock that was wrong: it is over."""
    asked = {"of": key, "amount": amount, "most": most, "now": now, "began": now - window, "ahead": now + window}
    return session.connection().execute(_upsert(insert_or(session)), asked).one_or_none()


@cache
def _upsert(insert: Any) -> Any:
    """Built once for each database: every post asks."""
    since, used = _allowance.c.since, _allowance.c.used
    now, began, ahead = (bindparam(name, type_=since.type) for name in ("now", "began", "ahead"))
    amount = bindparam("amount", type_=Integer)
    over = or_(since <= began, since > ahead)
    new = insert(_allowance).values(key=bindparam("of"), since=now, used=amount)
    counted = new.on_conflict_do_update(
        index_elements=["key"],
        set_={"since": case((over, now), else_=since), "used": case((over, amount), else_=used + amount)},
        where=or_(over, used + amount <= bindparam("most", type_=Integer)),
    )
    return counted.returning(since, used)
