"""Held deliveries: what waits for a provider, for a subscriber or for an administrator's word, and what is let go
again. Many at once, each in the ledger.

What another transaction is moving just now is left to it, or to the next sweep: waiting for each other, two such moves
could wait for ever.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models.arrows import move_where
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.due import due_now
from webapp.models.leases import is_in
from webapp.models.subscriber import Subscriber

_AT_ONCE = 5_000  # about half a second's work for a database; what is left is moved at the next sweep
_STRANDED = 2_000  # moved beside other work; what is left is held by whoever claims it
_ALIKE = {Reason.PROVIDER_PAUSED: (Reason.PROVIDER_PAUSED, Reason.RATE_LIMITED)}  # either waits for one that is fit
_delivery, _channel, _subscriber = table_of(Delivery), table_of(Channel), table_of(Subscriber)

# In the words of the indexes: what is for people, and what is held for them or for subscribers.
_TO_PERSON = _delivery.c.subscriber_id.is_(None)
_PEOPLES = is_in(S.HELD), _TO_PERSON
_SUBSCRIBERS = (
    is_in(S.HELD),
    _delivery.c.subscriber_id.is_not(None),
    _delivery.c.reason == Reason.SUBSCRIBER_OFF.value,
)


def release(session: Session, *, medium: str, reason: Reason, now: datetime, by: str, everything: bool = False) -> int:
    """held → queued | retrying: what waited for ``reason`` on ``medium``. What has an envelope goes out as that.

    What waited for a provider that is paused, waited for one that is fit: so did what is RATE_LIMITED. A bounded number
    at once, unless it is to be ``everything``: where a sweep comes for the rest.
    """
    return _release(session, _waits_for(medium, reason), now=now, by=by, limit=None if everything else _AT_ONCE)


def channels_waiting(session: Session, *, reason: Reason) -> list[tuple[int, str, str | None]]:
    """The channels of which something is held for that reason: each one's id, its name, and the formatter it names."""
    waits = *_PEOPLES, _delivery.c.medium.in_(FOR_PEOPLE), _delivery.c.reason == reason.value
    columns = _channel.c.id, _channel.c.name, _channel.c.formatter
    found = session.execute(select(*columns).where(_channel.c.id.in_(select(_delivery.c.channel_id).where(*waits))))
    return [tuple(row) for row in found]


def release_channels(session: Session, *, ids: Collection[int], reason: Reason, now: datetime, by: str) -> int:
    """held → queued | retrying: what waited for that reason on these channels, a bounded number at once."""
    where = _delivery.c.medium.in_(FOR_PEOPLE), _delivery.c.reason == reason.value, _delivery.c.channel_id.in_(ids)
    return _release(session, (*_PEOPLES, *where), now=now, by=by, limit=_AT_ONCE)


def release_probe(session: Session, *, medium: str, into: Collection[S], now: datetime, by: str) -> int:
    """held → queued | retrying: one of those that wait for a paused provider and would come ``into`` one of these
    states, the longest due first; none where one that is due there can be the probe.

    An envelope goes whole, and one that was in flight when a process died does not go first.
    """
    for state in into:
        line = is_in(state), _delivery.c.medium == medium, _TO_PERSON
        if session.scalar(select(_delivery.c.id).where(*line, _delivery.c.due_at <= now).limit(1)):
            return 0
    sorts = {S.QUEUED: _delivery.c.envelope_id.is_(None), S.RETRYING: _delivery.c.envelope_id.is_not(None)}
    wanted = or_(false(), *(sorts[state] for state in into))
    firsts = [session.execute(_first(medium, reason, wanted)).first() for reason in _ALIKE[Reason.PROVIDER_PAUSED]]
    chosen = min((row for row in firsts if row), default=None)
    if chosen is None:
        return 0
    whole = _delivery.c.envelope_id == chosen.envelope_id if chosen.envelope_id else _delivery.c.id == chosen.id
    waits = _waits_for(medium, Reason.PROVIDER_PAUSED)
    return _release(session, (*waits, wanted, whole), now=now, by=by)


def _first(medium: str, reason: Reason, wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Of one reason: in the order of its index nothing is sorted, however much is held."""
    columns = [_delivery.c[name] for name in ("crashes", "due_at", "id", "envelope_id")]
    waits = *_PEOPLES, _delivery.c.medium == medium, _delivery.c.reason == reason.value, wanted
    return select(*columns).where(*waits).order_by(*columns[:3]).limit(1)


def strand(session: Session, *, medium: str, reason: Reason, now: datetime, by: str) -> int:
    """queued | retrying → held: what would go out on ``medium``, but no longer can. What is not due yet stays.

    A bounded number: a whole backlog would keep everybody else from writing. Whoever claims the rest, or is claiming it
    meanwhile, decides anew, and holds it.
    """
    return _strand(session, (_delivery.c.medium == medium, _TO_PERSON), reason, now=now, by=by)


def strand_subscriber(session: Session, *, subscriber_id: int, now: datetime, by: str) -> int:
    """queued | retrying → held: what would go to a subscriber that is switched off by now; otherwise as ``strand``."""
    waits = (_delivery.c.subscriber_id == subscriber_id,)
    return _strand(session, waits, Reason.SUBSCRIBER_OFF, now=now, by=by)


def release_subscriber(session: Session, *, subscriber_id: int, now: datetime, by: str) -> int:
    """held → queued | retrying: what waited for a subscriber to be switched on. What has an envelope goes out as that.
    A bounded number at once: a sweep comes for the rest."""
    waits = *_SUBSCRIBERS, _delivery.c.subscriber_id == subscriber_id
    return _release(session, waits, now=now, by=by, limit=_AT_ONCE)


def release_subscribers(session: Session, *, now: datetime, by: str) -> int:
    """The same for all that wait for one that is switched on, or that was removed: whoever claims that cancels it."""
    over = or_(_subscriber.c.active, _subscriber.c.removed_at.is_not(None))
    # By their ids, few as they are: else PostgreSQL looks at all that is held, and asks whose each of it is.
    ids = session.scalars(select(_subscriber.c.id).where(over)).all()
    waits = *_SUBSCRIBERS, _delivery.c.subscriber_id.in_(ids)
    return _release(session, waits, now=now, by=by, limit=_AT_ONCE) if ids else 0


def _strand(session: Session, waits: Sequence[ColumnElement[bool]], reason: Reason, *, now: datetime, by: str) -> int:
    move = partial(move_where, session, reason=reason, at=now, by=by, skip_locked=True)
    fresh = move(S.QUEUED, S.HELD, *_some(_STRANDED, is_in(S.QUEUED), *waits, _delivery.c.due_at <= now))
    return len(fresh + move(S.RETRYING, S.HELD, *_some(_STRANDED, is_in(S.RETRYING), *waits)))


def _waits_for(medium: str, reason: Reason) -> tuple[ColumnElement[bool], ...]:
    reasons = [alike.value for alike in _ALIKE.get(reason, (reason,))]
    return *_PEOPLES, _delivery.c.medium == medium, _delivery.c.reason.in_(reasons)


def _release(
    session: Session, waits: Sequence[ColumnElement[bool]], *, now: datetime, by: str, limit: int | None = None
) -> int:
    """What another transaction is moving just now is left to the next sweep."""
    move = partial(move_where, session, S.HELD, at=now, by=by, skip_locked=True)
    freed = {
        S.QUEUED: move(S.QUEUED, *_some(limit, *waits, _delivery.c.envelope_id.is_(None))),
        S.RETRYING: move(S.RETRYING, *_some(limit, *waits, _delivery.c.envelope_id.is_not(None))),
    }
    for state in (state for state, ids in freed.items() if ids):
        due_now(session, state)
    return sum(map(len, freed.values()))


def _some(limit: int | None, *where: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """So many of these, as an index has them: a whole backlog would else be sorted by its ids for a part of it."""
    few = select(_delivery.c.id).where(*where).limit(limit).correlate(None)
    return [*where, *([_delivery.c.id.in_(few)] if limit else [])]
