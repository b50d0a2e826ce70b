"""Held deliveries: those that wait for a provider, a subscriber or an administrator; holding and releasing them. Many
at once, each in the ledger.

What another transaction is moving just now is left to that, or to the next sweep: two such moves that waited for each
other could deadlock.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models.arrows import move_where
from webapp.models.channel import Channel
from webapp.models.claims import Group
from webapp.models.delivery import Delivery
from webapp.models.due import due_now
from webapp.models.leases import is_in
from webapp.models.message import UserNotification
from webapp.models.subscriber import Subscriber

_AT_ONCE = 5_000  # about half a second's work for a database; what is left is moved at the next sweep
_STRANDED = 2_000  # moved within other work; the rest is held by whoever claims it
_ALIKE = {Reason.PROVIDER_PAUSED: (Reason.PROVIDER_PAUSED, Reason.RATE_LIMITED)}  # both wait for a provider that is fit
_delivery, _channel, _subscriber = table_of(Delivery), table_of(Channel), table_of(Subscriber)
_copy = table_of(UserNotification)

# Worded like the indexes' conditions: what is for people, and what is held for them or for subscribers.
_TO_PERSON = _delivery.c.subscriber_id.is_(None)
_PEOPLES = is_in(S.HELD), _TO_PERSON
_SUBSCRIBERS = (
    is_in(S.HELD),
    _delivery.c.subscriber_id.is_not(None),
    _delivery.c.reason == Reason.SUBSCRIBER_OFF.value,
)


def release(session: Session, *, medium: str, reason: Reason, now: datetime, by: str, everything: bool = False) -> int:
    """held → queued | retrying: what waited for ``reason`` on ``medium``. What has an envelope goes out as that.

    PROVIDER_PAUSED releases RATE_LIMITED, too: both waited for a provider that is fit. A bounded number at once, since
    a sweep releases the rest; all of it with ``everything``.
    """
    return _release(session, _waits_for(medium, reason), now=now, by=by, limit=None if everything else _AT_ONCE)


def channels_waiting(session: Session, *, reason: Reason) -> list[tuple[int, str, str | None]]:
    """The channels of which something is held for that reason: id, name, and the formatter that each names."""
    waits = *_PEOPLES, _delivery.c.medium.in_(FOR_PEOPLE), _delivery.c.reason == reason.value
    columns = _channel.c.id, _channel.c.name, _channel.c.formatter
    found = session.execute(select(*columns).where(_channel.c.id.in_(select(_delivery.c.channel_id).where(*waits))))
    return [tuple(row) for row in found]


def release_channels(session: Session, *, ids: Collection[int], reason: Reason, now: datetime, by: str) -> int:
    """held → queued | retrying: what waited for that reason on these channels, a bounded number at once."""
    where = _delivery.c.medium.in_(FOR_PEOPLE), _delivery.c.reason == reason.value, _delivery.c.channel_id.in_(ids)
    return _release(session, (*_PEOPLES, *where), now=now, by=by, limit=_AT_ONCE)


def release_probe(
    session: Session,
    *,
    medium: str,
    into: Collection[S],
    now: datetime,
    by: str,
    together: Callable[[Collection[Group]], set[Group]],
) -> int:
    """held → queued | retrying: the longest due delivery that waits for a paused provider, as a probe, if its next
    state is one of ``into``. None is released where a delivery already due in such a state can be the probe.

    An envelope is released whole; so is what is not in one yet, where its group goes out ``together``: otherwise each
    probe would take another part of a digest. One that was in flight when a process died comes last.
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
    group = chosen.user_id, chosen.channel_id, medium
    whole = _its_group(chosen) if _is_fresh(chosen) and together({group}) else _its_envelope(chosen)
    waits = _waits_for(medium, Reason.PROVIDER_PAUSED)
    return _release(session, (*waits, wanted, whole), now=now, by=by)


def _is_fresh(row: Row[Any]) -> bool:
    """What a person has sent again goes by itself."""
    return row.envelope_id is None and row.generation == 1


def _its_envelope(row: Row[Any]) -> ColumnElement[bool]:
    return _delivery.c.envelope_id == row.envelope_id if row.envelope_id else _delivery.c.id == row.id


def _its_group(row: Row[Any]) -> ColumnElement[bool]:
    """Found by the person's copies: there is no index of what is held for one person, and much may be held."""
    copies = select(_copy.c.id).where(_copy.c.user_id == row.user_id, _copy.c.channel_id == row.channel_id)
    fresh = _delivery.c.envelope_id.is_(None), _delivery.c.generation == 1
    return or_(_delivery.c.id == row.id, and_(*fresh, _delivery.c.notification_id.in_(copies)))


def _first(medium: str, reason: Reason, wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The first that waits for one reason: in the order of the index, so that nothing is sorted however much is
    held."""
    names = "crashes", "due_at", "id", "envelope_id", "user_id", "channel_id", "generation"
    columns = [_delivery.c[name] for name in names]
    waits = *_PEOPLES, _delivery.c.medium == medium, _delivery.c.reason == reason.value, wanted
    return select(*columns).where(*waits).order_by(*columns[:3]).limit(1)


def strand(session: Session, *, medium: str, reason: Reason, now: datetime, by: str) -> int:
    """queued | retrying → held: what would go out on ``medium``, but no longer can. What is queued and not due yet
    stays.

    A bounded number: moving a whole backlog would keep all other writers waiting. Whoever claims the rest, or is
    claiming it just now, decides again, and holds it.
    """
    return _strand(session, (_delivery.c.medium == medium, _TO_PERSON), reason, now=now, by=by)


def strand_subscriber(session: Session, *, subscriber_id: int, now: datetime, by: str) -> int:
    """queued | retrying → held: what would go to a subscriber that is now switched off; otherwise as ``strand``."""
    waits = (_delivery.c.subscriber_id == subscriber_id,)
    return _strand(session, waits, Reason.SUBSCRIBER_OFF, now=now, by=by)


def release_subscriber(session: Session, *, subscriber_id: int, now: datetime, by: str) -> int:
    """held → queued | retrying: what waited for a subscriber to be switched on. What has an envelope goes out as that.
    A bounded number at once: a sweep releases the rest."""
    waits = *_SUBSCRIBERS, _delivery.c.subscriber_id == subscriber_id
    return _release(session, waits, now=now, by=by, limit=_AT_ONCE)


def release_subscribers(session: Session, *, now: datetime, by: str) -> int:
    """The same for all that wait for a subscriber that is switched on, or was removed: then whoever claims it cancels
    it."""
    over = or_(_subscriber.c.active, _subscriber.c.removed_at.is_not(None))
    # By the subscribers' ids, which are few: else PostgreSQL reads all that is held, and looks each's subscriber up.
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
    """Release what matches ``waits``; what another transaction is moving just now is left to the next sweep."""
    move = partial(move_where, session, S.HELD, at=now, by=by, skip_locked=True)
    freed = {
        S.QUEUED: move(S.QUEUED, *_some(limit, *waits, _delivery.c.envelope_id.is_(None))),
        S.RETRYING: move(S.RETRYING, *_some(limit, *waits, _delivery.c.envelope_id.is_not(None))),
    }
    for state in (state for state, ids in freed.items() if ids):
        due_now(session, state)
    return sum(map(len, freed.values()))


def _some(limit: int | None, *where: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """The conditions, limited to ``limit`` rows in the order of an index: otherwise the whole backlog would be sorted
    by id to get a part of it."""
    few = select(_delivery.c.id).where(*where).limit(limit).correlate(None)
    return [*where, *([_delivery.c.id.in_(few)] if limit else [])]
