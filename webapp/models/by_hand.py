"""What persons do to deliveries: cancel, retry now, send again, say that it arrived. Many at once, each in the ledger.

All run inside the caller's write transaction and skip deliveries that are not in a state where the arrow begins: if two
people ask for the same, the later one changes nothing. What is ``sending`` nobody can touch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, func, null, select
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.models._among import among
from webapp.models._columns import table_of
from webapp.models.arrows import move_where
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.due import due_now
from webapp.models.message import Message
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber

CANCELLABLE = frozenset({S.QUEUED, S.HELD, S.RETRYING})
RETRYABLE = frozenset({S.RETRYING, S.HELD})
SENDABLE = frozenset({S.UNDELIVERABLE, S.UNKNOWN, S.CANCELLED, S.FILTERED, S.SENT})

_delivery, _message = table_of(Delivery), table_of(Message)
_channel, _subscriber, _ledger = table_of(Channel), table_of(Subscriber), table_of(Move)
# A new generation begins with nothing of the last one but its envelope's id.
_NOTHING = ("reason", "evidence", "last_delay_s", "last_error", "failed_at", "ended_at", "dismissed_at", "envelope_id")
_AFRESH: dict[str, Any] = {
    **dict.fromkeys(_NOTHING, null()),
    **dict.fromkeys(("failures", "crashes", "raises"), 0),
    "generation": _delivery.c.generation + 1,
    "replaces": func.coalesce(_delivery.c.envelope_id, _delivery.c.replaces),
}


class Seen(NamedTuple):
    """A delivery's state and generation when somebody looked at it."""

    state: S
    generation: int


def look(session: Session, ids: Iterable[str]) -> dict[str, Seen]:
    """How these stand now; those that do not exist are left out."""
    columns = _delivery.c.id, _delivery.c.state, _delivery.c.generation
    rows = session.execute(select(*columns).where(among(_delivery.c.id, set(ids))))
    return {row.id: Seen(S(row.state), row.generation) for row in rows}


def cancel(session: Session, ids: Iterable[str], *, now: datetime, by: str) -> list[str]:
    """queued | held | retrying → cancelled: a person wants it stopped. Returns the ids of those that were moved."""
    states = _locked(session, ids, CANCELLABLE)
    return _move(session, states, S.CANCELLED, now=now, by=by, reason=Reason.CANCELLED_BY_PERSON)


def retry_now(session: Session, ids: Iterable[str], *, now: datetime, by: str) -> list[str]:
    """retrying | held → retrying: due now, in the same generation and envelope; its time to live goes on.

    One that was held before anything was formatted has no envelope: it is formatted when it is claimed. Returns the ids
    of those that were moved.
    """
    states = _locked(session, ids, RETRYABLE)
    failed = {id: was for id, was in states.items() if was is S.RETRYING}
    waited = {id: was for id, was in states.items() if was is S.HELD}
    # The last try's failure is still the reason for retrying; the reason for holding no longer applies.
    moved = _move(session, failed, S.RETRYING, now=now, by=by, values={"due_at": now, "reason": _delivery.c.reason})
    moved += _move(session, waited, S.RETRYING, now=now, by=by, values={"due_at": now})
    if moved:
        due_now(session, S.RETRYING)
    return moved


def arrived(session: Session, ids: Iterable[str], *, now: datetime, by: str) -> list[str]:
    """unknown → delivered: a person has found out. Returns the ids of those that were moved."""
    return _move(session, _locked(session, ids, {S.UNKNOWN}), S.DELIVERED, now=now, by=by)


def send_again(session: Session, seen: Mapping[str, Seen], *, now: datetime, by: str) -> list[str]:
    """undeliverable | unknown | cancelled | filtered | sent → queued: a new generation with all its tries, its full
    time to live, and a new envelope that will name the old one.

    Only those still as they were ``seen``: one that another person has sent again meanwhile may be out already, and
    would go twice. Returns the ids of those that were moved.
    """
    states = {id: was for id, was in _locked(session, seen, SENDABLE).items() if was is seen[id].state}
    rows = [row for row in _with_messages(session, states) if row.generation == seen[row.id].generation]
    attempts, moved = _attempts(session, rows), list[str]()
    alike: dict[tuple[int, datetime, datetime], list[str]] = defaultdict(list)  # one statement for each key
    for row in rows:
        visible_at = max(now, row.visible_at)  # one that was cancelled before its time still waits for it
        alike[attempts[row.policy_id, row.type], visible_at, visible_at + _time_to_live(row)].append(row.id)
    for (retries_left, due_at, expires_at), ids in alike.items():
        values = _AFRESH | {"retries_left": retries_left, "due_at": due_at, "expires_at": expires_at}
        moved += _move(session, {id: states[id] for id in ids}, S.QUEUED, now=now, by=by, values=values)
    if moved:
        due_now(session, S.QUEUED)
    return moved


def _with_messages(session: Session, ids: Iterable[str]) -> list[Row[*tuple[Any, ...]]]:
    """Deliveries with their message's type and times, the policy of the channel or the subscriber, and when a person
    last sent them again."""
    policy_id = func.coalesce(_subscriber.c.policy_id, _channel.c.policy_id).label("policy_id")
    its = _ledger.c.delivery_id == _delivery.c.id, _ledger.c.became == S.QUEUED.value, _ledger.c.was.in_(sorted(FINAL))
    again = select(func.max(_ledger.c.at)).where(*its).correlate(_delivery).scalar_subquery().label("again_at")
    own = (
        *(_delivery.c[name] for name in ("id", "generation", "subscriber_id", "created_at")),
        _delivery.c.expires_at.label("ends_at"),
    )
    columns = *own, again, _message.c.type, _message.c.visible_at, _message.c.expires_at
    joined = (
        select(*columns, policy_id)
        .join_from(_delivery, _message, _delivery.c.message_id == _message.c.id)
        .join(_channel, _delivery.c.channel_id == _channel.c.id)
        .outerjoin(_subscriber, _delivery.c.subscriber_id == _subscriber.c.id)
    )
    return list(session.execute(joined.where(among(_delivery.c.id, set(ids)))))


def _time_to_live(row: Row[*tuple[Any, ...]]) -> timedelta:
    """Its message's. A delivery to a subscriber may have one of its own, by the subscriber's policy, and may have been
    made long after its message: so it is counted from then."""
    if row.subscriber_id is None:
        return row.expires_at - row.visible_at
    return row.ends_at - max(row.again_at or row.created_at, row.visible_at)


def _attempts(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[tuple[int, str], int]:
    """How many tries a policy now allows each type of message."""
    pairs = {(row.policy_id, row.type) for row in rows}
    policies = session.scalars(select(Policy).where(Policy.id.in_({policy_id for policy_id, _ in pairs})))
    words = {policy.id: policy.as_word() for policy in policies}
    return {(policy_id, type_): words[policy_id].attempts_for(type_) for policy_id, type_ in pairs}


def _move(
    session: Session,
    states: Mapping[str, S],
    became: S,
    *,
    now: datetime,
    by: str,
    reason: Reason | None = None,
    values: Mapping[str, Any] | None = None,
) -> list[str]:
    """Move locked deliveries, given with their states."""
    by_state: dict[S, list[str]] = defaultdict(list)
    for id, was in states.items():
        by_state[was].append(id)
    moved: list[str] = []
    for was, ids in by_state.items():
        these = among(_delivery.c.id, ids)
        moved += move_where(session, was, became, these, at=now, by=by, reason=reason, values=values)
    return moved


def _locked(session: Session, ids: Iterable[str], states: Iterable[S]) -> dict[str, S]:
    """Those in one of these states, locked for this transaction; in the order of their ids, so that two people who lock
    the same ones cannot deadlock."""
    these = among(_delivery.c.id, set(ids)), _delivery.c.state.in_([state.value for state in states])
    wanted = select(_delivery.c.id, _delivery.c.state).where(*these).order_by(_delivery.c.id).with_for_update()
    return {row.id: S(row.state) for row in session.execute(wanted)}
