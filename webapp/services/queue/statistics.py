"""The queue in numbers at this moment, each counted only to a limit, so that they cost the same at any size."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, ScalarSelect, case, func, literal, literal_column, select, true, union_all
from sqlalchemy.orm import Session

from webapp.database import reading
from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.medium import FOR_PEOPLE
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message
from webapp.models.subscriber import Subscriber
from webapp.services.queue._filters import FAILED, Filters, failed_in
from webapp.services.queue._rows import MOST_COUNTED, count_each, newest_of

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SORTED = 500  # the newest deliveries of each state, from which the breakdowns are counted
_EACH = 1_000  # due deliveries of each subscriber; counting stops there
_delivery, _message, _channel = table_of(Delivery), table_of(Message), table_of(Channel)
_subscriber = table_of(Subscriber)
_S = DeliveryState
_CLAIMED = ("queued", "retrying")
_Key = TypeVar("_Key")
Rows = Sequence[Row[*tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """``deliveries`` in all, and by state, each state counted to MOST_COUNTED. ``due``: those that could be sent
    now, the oldest since ``oldest_due_at``, ``oldest_due_s`` seconds ago. ``more`` names the counts that stopped early.

    From the newest SORTED in each state: ``held`` and ``failed`` (undeliverable and unknown) by reason; ``types``,
    ``media`` and ``channels`` by that name and state. ``held_since`` is when the oldest held one was posted.
    ``failed_24_hours`` and ``failed_7_days``: the latest failures by reason, up to MOST_COUNTED.
    """

    deliveries: int
    states: Mapping[str, int]
    more: tuple[str, ...]
    due: int
    oldest_due_at: datetime | None
    oldest_due_s: float | None
    held: Mapping[str, int]
    held_since: datetime | None
    failed: Mapping[str, int]
    failed_24_hours: Mapping[str, int]
    failed_7_days: Mapping[str, int]
    types: Mapping[str, Mapping[str, int]]
    media: Mapping[str, Mapping[str, int]]
    channels: Mapping[str, Mapping[str, int]]


def count(*, now: datetime) -> Statistics:
    """All numbers, by four statements."""
    with reading(db.session) as session:
        counted = dict(zip(_S, count_each([Filters(states=(state,)) for state in _S]), strict=True))
        groups, lately, due = _groups(), _lately(now), _due(session, now)
        return Statistics(
            deliveries=sum(counted.values(), NOTHING).n,
            states={state.value: found.n for state, found in counted.items()},
            more=(
                *(state.value for state, found in counted.items() if found.more),
                *(["due"] if due.count.more else []),
            ),
            due=due.count.n,
            oldest_due_at=due.since,
            oldest_due_s=(now - due.since).total_seconds() if due.since else None,
            held=_by("reason", [row for row in groups if row.state == _S.HELD]),
            held_since=due.held_since,
            failed=_by("reason", [row for row in groups if row.state in FAILED]),
            failed_24_hours={row.reason or "": row.day for row in lately if row.day},
            failed_7_days={row.reason or "": row.week for row in lately},
            types=_by_state("type", groups),
            media=_by_state("medium", groups),
            channels=_by_state("channel", groups),
        )


def _groups() -> Rows:
    """How many of the newest of each state have the same state, reason, medium, channel and type."""
    columns = [_delivery.c[name] for name in ("state", "reason", "medium", "channel_id", "message_id")]
    each = (newest_of(Filters(states=(state,)), *columns).limit(SORTED).subquery() for state in _S)
    some = union_all(*(select(one) for one in each)).subquery()
    sorts = some.c.state, some.c.reason, some.c.medium, _channel.c.name.label("channel"), _message.c.type
    joined = some.join(_channel, _channel.c.id == some.c.channel_id).join(_message, _message.c.id == some.c.message_id)
    return db.session.execute(select(*sorts, func.count().label("n")).select_from(joined).group_by(*sorts)).all()


def _lately(now: datetime) -> Rows:
    """Failures of the last seven days by reason, the most frequent first, and how many of them were in the last day."""
    ended = _delivery.c.ended_at
    failed = select(_delivery.c.reason, ended).where(*failed_in(FAILED), ended >= now - WEEK)
    some = failed.order_by(ended.desc()).limit(MOST_COUNTED).subquery()
    week, day = func.count().label("week"), func.sum(case((some.c.ended_at >= now - DAY, 1), else_=0)).label("day")
    counted = select(some.c.reason, week, day).group_by(some.c.reason).order_by(week.desc(), some.c.reason)
    return db.session.execute(counted).all()


def _first_held() -> ScalarSelect[datetime]:
    held = newest_of(Filters(states=(_S.HELD,)), _delivery.c.created_at)
    return held.order_by(None).order_by(_delivery.c.id).limit(1).scalar_subquery()


@dataclass(frozen=True, slots=True)
class _Due:
    """How many are due now, since when the first of them is, and when the oldest held one was posted."""

    count: Bounded
    since: datetime | None
    held_since: datetime | None


def _due(session: Session, now: datetime) -> _Due:
    """For people counted to MOST_COUNTED by medium, and for each subscriber to _EACH."""
    people = [(_delivery.c.subscriber_id.is_(None), _delivery.c.medium == medium) for medium in FOR_PEOPLE]
    theirs = (_delivery.c.subscriber_id.is_not(None), _delivery.c.subscriber_id == _subscriber.c.id)
    ours: list[Any] = [part for state in _CLAIMED for line in people for part in _line(state, line, now, MOST_COUNTED)]
    each: list[Any] = [part for state in _CLAIMED for part in _line(state, theirs, now, _EACH)]
    whoever = select(literal(1)).subquery().outerjoin(_subscriber, true())  # one row even where there is no subscriber
    rows = session.execute(select(_first_held(), *ours, *each).select_from(whoever)).all()
    lines: list[tuple[Any, int]] = [
        (rows[0][1 : 1 + len(ours)], MOST_COUNTED),
        *((row[1 + len(ours) :], _EACH) for row in rows),
    ]
    counts = (Bounded.of(n, most=most) for line, most in lines for n in line[::2])
    firsts = [at for line, _ in lines for at in line[1::2] if at and at <= now]
    return _Due(sum(counts, NOTHING), min(firsts, default=None), rows[0][0])


def _line(
    state: str, its: Iterable[ColumnElement[bool]], now: datetime, most: int
) -> tuple[ScalarSelect[int], ScalarSelect[datetime]]:
    """How many deliveries of one line are due, and since when the first is."""
    waits = _delivery.c.state == literal_column(f"'{state}'"), *its
    some = select(literal(1)).select_from(_delivery).where(*waits, _delivery.c.due_at <= now).limit(most + 1)
    few = some.correlate(_subscriber).subquery()
    count = select(func.count()).select_from(few).correlate(_subscriber).scalar_subquery()
    return count, select(func.min(_delivery.c.due_at)).where(*waits).correlate(_subscriber).scalar_subquery()


def _by(name: str, rows: Rows) -> dict[str, int]:
    """How many of each, the most first."""
    counted = _total((getattr(row, name) or "", row.n) for row in rows)
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _by_state(name: str, rows: Rows) -> dict[str, dict[str, int]]:
    """How many of each in each state, in the order of the names."""
    counted = _total(((getattr(row, name), row.state), row.n) for row in rows)
    told: dict[str, dict[str, int]] = {}
    for (of, state), n in sorted(counted.items()):
        told.setdefault(of, {})[state] = n
    return told


def _total(counted: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    total = Counter[_Key]()
    for key, n in counted:
        total[key] += n
    return total
