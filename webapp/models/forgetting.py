"""Deleting what nobody needs any more: copies with all that belongs to them, then messages that nobody has a copy of;
and accounts and channels that nothing is left of.

Rows are locked in one order: copies, then their messages, then the deliveries, whose states are checked again: what has
been sent again by then stays. The nightly deletion skips copies and messages that another transaction has locked, since
that may be deleting too. A far side's later word locks an envelope before its deliveries; where the two meet,
PostgreSQL aborts one of them, which is asked again, or left to the next night.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import PENDING
from webapp.models._among import among
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.api_token import ApiToken
from webapp.models.channel import Channel, ChannelMedium
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope
from webapp.models.mappings import EventMapping
from webapp.models.message import INBOX, Message, PostingKey, UserNotification
from webapp.models.state_news import StateNews
from webapp.models.subscriber import Subscriber, SubscriberFilter
from webapp.models.user import User
from webapp.models.wishes import Mute, Preference

DELIVERIES = 3000  # of messages that are deleted whole, in one batch: about as many as a batch of copies has
_copy, _delivery, _move = table_of(UserNotification), table_of(Delivery), table_of(Move)
_envelope, _attempt, _body = table_of(Envelope), table_of(Attempt), table_of(Body)
_message, _key = table_of(Message), table_of(PostingKey)
_channel, _medium, _preference = table_of(Channel), table_of(ChannelMedium), table_of(Preference)
_mute, _news, _mapping = table_of(Mute), table_of(StateNews), table_of(EventMapping)
_subscriber, _filter = table_of(Subscriber), table_of(SubscriberFilter)
_DELIVERIES = select(*_delivery.c["id", "envelope_id", "message_id", "notification_id", "medium", "state"])
_user, _token = table_of(User), table_of(ApiToken)


def count_old(session: Session, *, channel_id: int, before: datetime) -> int:
    """How many copies on a channel would be deleted."""
    return session.scalar(select(func.count()).select_from(_copy).where(*_old(channel_id, before))) or 0


def delete_old(session: Session, *, channel_id: int, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` copies of a channel that were saved, and became visible, before ``before``, with their
    deliveries, envelopes, ledger and attempts. Copies that are starred, still to be sent, or locked by another
    transaction stay. Returns how many were deleted."""
    old = select(_copy.c.id, _copy.c.message_id).where(*_old(channel_id, before))
    return _delete_copies(session, old.order_by(_copy.c.created_at).limit(limit), spares=True)


def delete_left(session: Session, *, channel_id: int, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` messages of a channel that were saved, and became visible, before ``before`` and that
    nobody has a copy of any more, with their subscribers' deliveries; fewer messages where these are many. Those still
    to be sent, or locked by another transaction, stay. Returns how many were deleted."""
    return _delete_whole(session, _left(channel_id, before).limit(limit), spares=True)


def count_left(session: Session, *, channel_id: int, before: datetime) -> int:
    """How many messages on a channel are for subscribers alone, and would be deleted."""
    return session.scalar(select(func.count()).select_from(_left(channel_id, before).subquery())) or 0


def delete_between(session: Session, *, user_ids: Sequence[int], limit: int) -> int:
    """Delete at most ``limit`` copies of what these people posted or were sent, in whatever state; then messages of
    theirs that only subscribers were told of, and what their own addresses were told. Returns how many were deleted."""
    theirs = select(_message.c.id).where(_message.c.sender_id.in_(user_ids)).order_by(_message.c.id)
    wanted = _copy.c.user_id.in_(user_ids) | _copy.c.message_id.in_(theirs)
    copies = select(_copy.c.id, _copy.c.message_id).where(wanted).order_by(_copy.c.id).limit(limit)
    gone = _delete_copies(session, copies, spares=False)
    return gone or _delete_whole(session, theirs.limit(limit), spares=False) or _delete_told(session, user_ids, limit)


def _delete_told(session: Session, user_ids: Sequence[int], limit: int) -> int:
    """Delete the deliveries to these people's own addresses."""
    own = select(_subscriber.c.id).where(_subscriber.c.owner_id.in_(user_ids))
    found = session.execute(_DELIVERIES.where(_delivery.c.subscriber_id.in_(own)).limit(limit)).all()
    counted = _lock_messages(session, {row.message_id for row in found}, spares=False)
    rows = _lock_deliveries(session, among(_delivery.c.id, [row.id for row in found]))
    _take_off(session, counted, Counter((row.message_id, row.medium) for row in rows))
    _delete_deliveries(session, rows)
    _delete_messages(session, counted)
    return len(found)


def _delete_whole(session: Session, wanted: Select[str], *, spares: bool) -> int:
    """Delete messages that have no copies. With ``spares``, what is still to be sent stays."""
    locked = sorted(session.scalars(wanted.with_for_update(key_share=True, skip_locked=spares)))
    if not locked:
        return 0
    ids = _not_too_many(session, locked)
    rows = _lock_deliveries(session, among(_delivery.c.message_id, ids))
    busy = {row.message_id for row in rows if spares and row.state in PENDING}
    ids = [id for id in ids if id not in busy]
    if ids:
        _delete_deliveries(session, [row for row in rows if row.message_id not in busy])
        _delete_messages(session, ids)
    return len(ids)


def _not_too_many(session: Session, ids: list[str]) -> list[str]:
    """The first of these messages, as far as their deliveries fit one batch; at least one, however many it has."""
    its = _delivery.c.message_id
    beyond = session.scalar(select(its).where(among(its, ids)).order_by(its).offset(DELIVERIES).limit(1))
    return [id for id in ids if id < beyond] or ids[:1] if beyond else ids


def _delete_copies(session: Session, wanted: Select[str, str], *, spares: bool) -> int:
    """Delete copies with all that belongs to them. With ``spares``, what is still to be sent stays, and what another
    transaction has locked."""
    locked = session.execute(wanted.with_for_update(key_share=True, skip_locked=spares)).all()
    if not locked:
        return 0
    counted = _lock_messages(session, {row.message_id for row in locked}, spares=spares)
    its = among(_delivery.c.notification_id, [row.id for row in locked if row.message_id in counted])
    rows = _lock_deliveries(session, its)
    busy = {row.notification_id for row in rows if spares and row.state in PENDING}
    copies = {row.id: row.message_id for row in locked if row.message_id in counted and row.id not in busy}
    if copies:
        deliveries = [row for row in rows if row.notification_id in copies]
        gone = Counter((message_id, INBOX) for message_id in copies.values())
        gone.update((row.message_id, row.medium) for row in deliveries)
        _take_off(session, counted, gone)
        _delete_deliveries(session, deliveries)
        session.execute(delete(_copy).where(among(_copy.c.id, copies)))
        _delete_messages(session, set(copies.values()))
    return len(copies)


def _lock_messages(session: Session, ids: Collection[str], *, spares: bool) -> Mapping[str, Mapping[str, int]]:
    """Lock these messages; returns the counts of each. The lock does not block those who write deliveries of them,
    whose foreign keys only keep the messages from being deleted."""
    wanted = select(_message.c.id, _message.c.counted).where(among(_message.c.id, ids)).order_by(_message.c.id)
    found = session.execute(wanted.with_for_update(key_share=True, skip_locked=spares))
    return {row.id: row.counted for row in found}


def _lock_deliveries(session: Session, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Lock these deliveries, in the order of their ids like everybody who locks several, and return them as they are
    then."""
    return session.execute(_DELIVERIES.where(which).order_by(_delivery.c.id).with_for_update()).all()


def delete_unused_bodies(session: Session) -> None:
    """Delete bodies that no envelope refers to any more."""
    session.execute(delete(_body).where(~exists().where(_envelope.c.body_id == _body.c.id)))


def delete_people(session: Session, ids: Sequence[int]) -> None:
    """Delete accounts whose notifications are deleted already, with their preferences, tokens and own addresses; search
    words and sessions are deleted by cascade."""
    for theirs in (_preference.c.user_id, _token.c.user_id, _subscriber.c.owner_id):
        session.execute(delete(theirs.table).where(theirs.in_(ids)))
    session.execute(delete(_user).where(_user.c.id.in_(ids)))


def delete_unused_channels(session: Session, names: Sequence[str]) -> list[str]:
    """Delete those of the named channels that have no message left, and that no subscriber or mapping refers to.
    Returns their names."""
    users = [exists().where(table.c.channel_id == _channel.c.id) for table in (_message, _filter, _mapping)]
    unused = select(_channel.c.id, _channel.c.name).where(_channel.c.name.in_(names), ~or_(*users))
    found: dict[int, str] = dict(session.execute(unused).all())
    for table in (_preference, _mute, _medium):
        session.execute(delete(table).where(table.c.channel_id.in_(found)))
    session.execute(delete(_channel).where(_channel.c.id.in_(found)))
    return sorted(found.values())


def _old(channel_id: int, before: datetime) -> tuple[ColumnElement[bool], ...]:
    pending = [state.value for state in PENDING]
    busy = exists().where(_delivery.c.notification_id == _copy.c.id, _delivery.c.state.in_(pending))
    seen = _copy.c.visible_at < before  # not what was scheduled far ahead; created_at is there for its index
    return (_copy.c.channel_id == channel_id, _copy.c.created_at < before, seen, ~_copy.c.starred, ~busy)


def _left(channel_id: int, before: datetime) -> Select[str]:
    """Found by their ids, which sort by the time of saving: nearly all of the older ones are deleted already."""
    own = _message.c.channel_id == channel_id, _message.c.id < first_id(before), _message.c.visible_at < before
    copies = exists().where(_copy.c.message_id == _message.c.id)
    pending = [state.value for state in PENDING]
    busy = exists().where(_delivery.c.message_id == _message.c.id, _delivery.c.state.in_(pending))
    return select(_message.c.id).where(*own, ~copies, ~busy).order_by(_message.c.id)


def _delete_deliveries(session: Session, rows: Sequence[Row[Any]]) -> None:
    """Delete deliveries with every envelope that they were ever in: those of earlier generations stand in the ledger
    only. An attempt of a single delivery is found by its envelope, too: that column has an index, ``delivery_id`` has
    none."""
    ids = [row.id for row in rows]
    moved = select(_move.c.envelope_id).where(among(_move.c.delivery_id, ids), _move.c.envelope_id.is_not(None))
    envelopes = {row.envelope_id for row in rows if row.envelope_id} | set(session.scalars(moved))
    session.execute(delete(_move).where(among(_move.c.delivery_id, ids)))
    own = among(_attempt.c.envelope_id, envelopes), among(_attempt.c.delivery_id, ids)
    session.execute(delete(_attempt).where(*own))
    session.execute(delete(_delivery).where(among(_delivery.c.id, ids)))
    # Locked, or two transactions that delete an envelope's last deliveries would each leave it to the other.
    lock = select(_envelope.c.id).where(among(_envelope.c.id, envelopes)).order_by(_envelope.c.id)
    session.execute(lock.with_for_update(key_share=True))
    still_used: Select[Any] = select(_delivery.c.envelope_id).where(among(_delivery.c.envelope_id, envelopes))
    unused = envelopes - set(session.scalars(still_used))
    session.execute(delete(_attempt).where(among(_attempt.c.envelope_id, unused)))
    session.execute(delete(_envelope).where(among(_envelope.c.id, unused)))


def _take_off(session: Session, counted: Mapping[str, Mapping[str, int]], gone: Mapping[tuple[str, str], int]) -> None:
    """Reduce the counts of the messages, which others may still have copies of, or the audit would miss what was
    deleted."""
    rows = [
        {"key": id, "left": {name: number - gone.get((id, name), 0) for name, number in numbers.items()}}
        for id, numbers in counted.items()
    ]
    if rows:
        left = update(_message).where(_message.c.id == bindparam("key")).values(counted=bindparam("left"))
        session.connection().execute(left, rows)


def _delete_messages(session: Session, ids: Collection[str]) -> None:
    """Delete those of these messages that have neither copies nor deliveries left; their posting keys become free."""
    left = (
        ~exists().where(_copy.c.message_id == _message.c.id),
        ~exists().where(_delivery.c.message_id == _message.c.id),
    )
    gone = list(session.scalars(select(_message.c.id).where(among(_message.c.id, ids), *left)))
    session.execute(delete(_news).where(among(_news.c.message_id, gone)))
    session.execute(delete(_key).where(among(_key.c.message_id, gone)))
    session.execute(delete(_message).where(among(_message.c.id, gone)))
