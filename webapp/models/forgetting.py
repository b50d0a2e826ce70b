"""Deleting what nobody needs any more: copies with all that hangs on them, then messages that nobody has a copy of;
and what was written down beside them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, delete, exists, false, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import PENDING
from webapp.models._among import among
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.api import Allowance, EventMapping, StateNews
from webapp.models.api_token import ApiToken
from webapp.models.channel import Channel, ChannelMedium
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope
from webapp.models.job import JobRun
from webapp.models.message import INBOX, Message, PostingKey, UserNotification
from webapp.models.subscriber import Subscriber, SubscriberFilter
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.models.wishes import Mute, Preference

RUNS_ALWAYS_KEPT = 20  # of each job, however old
DELIVERIES = 3000  # of whole messages at once: about as many as a batch of copies has
_copy, _delivery, _move = table_of(UserNotification), table_of(Delivery), table_of(Move)
_envelope, _attempt, _body = table_of(Envelope), table_of(Attempt), table_of(Body)
_message, _key = table_of(Message), table_of(PostingKey)
_channel, _medium, _preference = table_of(Channel), table_of(ChannelMedium), table_of(Preference)
_mute, _news, _mapping = table_of(Mute), table_of(StateNews), table_of(EventMapping)
_subscriber, _filter = table_of(Subscriber), table_of(SubscriberFilter)
_token, _allowance = table_of(ApiToken), table_of(Allowance)
_DELIVERIES = select(_delivery.c.id, _delivery.c.envelope_id, _delivery.c.message_id, _delivery.c.medium)
_user, _run, _verification = table_of(User), table_of(JobRun), table_of(Verification)


def count_old(session: Session, *, channel_id: int, before: datetime) -> int:
    """How many copies on a channel would go."""
    return session.scalar(select(func.count()).select_from(_copy).where(*_old(channel_id, before))) or 0


def delete_old(session: Session, *, channel_id: int, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` copies of a channel saved, and visible, before ``before``, with their deliveries,
    envelopes, ledger and attempts. Never one that is starred or still to be sent. Gives how many copies went."""
    old = select(_copy.c.id, _copy.c.message_id).where(*_old(channel_id, before))
    return _delete_copies(session, old.order_by(_copy.c.created_at).limit(limit))


def delete_left(session: Session, *, channel_id: int, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` messages of a channel saved, and visible, before ``before`` that nobody has a copy of
    any more, whole: with their subscribers' deliveries; fewer, where these are many. Never one still to be sent. Gives
    how many went."""
    return _delete_whole(session, _left(channel_id, before).limit(limit))


def count_left(session: Session, *, channel_id: int, before: datetime) -> int:
    """How many messages on a channel are for subscribers alone, and would go."""
    return session.scalar(select(func.count()).select_from(_left(channel_id, before).subquery())) or 0


def delete_between(session: Session, *, user_ids: Sequence[int], limit: int) -> int:
    """Delete at most ``limit`` copies of what these people posted or were sent, whatever its state; then messages of
    theirs that only subscribers were told of, and what their own addresses were told. Gives how many went."""
    theirs = select(_message.c.id).where(_message.c.sender_id.in_(user_ids))
    wanted = _copy.c.user_id.in_(user_ids) | _copy.c.message_id.in_(theirs)
    gone = _delete_copies(session, select(_copy.c.id, _copy.c.message_id).where(wanted).limit(limit))
    return gone or _delete_whole(session, theirs.limit(limit)) or _delete_told(session, user_ids, limit)


def _delete_told(session: Session, user_ids: Sequence[int], limit: int) -> int:
    """What was for these people's own addresses."""
    own = select(_subscriber.c.id).where(_subscriber.c.owner_id.in_(user_ids))
    rows = session.execute(_DELIVERIES.where(_delivery.c.subscriber_id.in_(own)).limit(limit)).all()
    _take_off(session, Counter((row.message_id, row.medium) for row in rows))
    _delete_deliveries(session, [row.id for row in rows], [row.envelope_id for row in rows if row.envelope_id])
    _delete_messages(session, sorted({row.message_id for row in rows}))
    return len(rows)


def _delete_whole(session: Session, wanted: Select[str]) -> int:
    """Messages without copies."""
    ids = _not_too_many(session, sorted(session.scalars(wanted)))
    if not ids:
        return 0
    of = among(_delivery.c.message_id, ids)
    rows = session.execute(select(_delivery.c.id, _delivery.c.envelope_id).where(of)).all()
    _delete_deliveries(session, [row.id for row in rows], [row.envelope_id for row in rows if row.envelope_id])
    _delete_messages(session, ids)
    return len(ids)


def _not_too_many(session: Session, ids: list[str]) -> list[str]:
    """The first of these messages, as far as their deliveries are one batch; one at least, however many it has."""
    its = _delivery.c.message_id
    beyond = session.scalar(select(its).where(among(its, ids)).order_by(its).offset(DELIVERIES).limit(1))
    return [id for id in ids if id < beyond] or ids[:1] if beyond else ids


def _delete_copies(session: Session, wanted: Select[str, str]) -> int:
    found = session.execute(wanted).all()
    if not found:
        return 0
    copies = [row.id for row in found]
    deliveries = session.execute(_DELIVERIES.where(among(_delivery.c.notification_id, copies))).all()
    gone = Counter((row.message_id, INBOX) for row in found)
    gone.update((row.message_id, row.medium) for row in deliveries)
    _take_off(session, gone)
    _delete_deliveries(
        session, [row.id for row in deliveries], [row.envelope_id for row in deliveries if row.envelope_id]
    )
    session.execute(delete(_copy).where(among(_copy.c.id, copies)))
    _delete_messages(session, sorted({row.message_id for row in found}))
    return len(copies)


def delete_unused_bodies(session: Session) -> None:
    """Delete texts that no envelope refers to any more."""
    session.execute(delete(_body).where(~exists().where(_envelope.c.body_id == _body.c.id)))


def delete_runs(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` runs that ended before ``before``, the oldest first, but never one of the last few of
    its job. Gives how many."""
    jobs = session.scalars(select(_run.c.job).distinct()).all()
    kept = [_run.c.id.in_(select(_last_runs(job).subquery().c.id)) for job in jobs]
    return _delete_rows(session, _run, _run.c.ended_at < before, ~or_(false(), *kept), limit=limit)


def _last_runs(job: str) -> Select[Any]:
    return select(_run.c.id).where(_run.c.job == job).order_by(_run.c.id.desc()).limit(RUNS_ALWAYS_KEPT)


def delete_tests(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` tries before ``before`` that were nobody's notification, only a provider's test."""
    test = _attempt.c.envelope_id.is_(None) & _attempt.c.delivery_id.is_(None)
    return _delete_rows(session, _attempt, test, _attempt.c.started_at < before, limit=limit)


def delete_verifications(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` phones' verifications whose last code expired before ``before``. Gives how many."""
    old = _verification.c.expires_at < before, _verification.c.created_at < before
    return _delete_rows(session, _verification, *old, limit=limit)


def delete_tokens(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` tokens that expired or were revoked before ``before``. Gives how many."""
    return _delete_rows(session, _token, or_(_token.c.expires_at < before, _token.c.revoked_at < before), limit=limit)


def delete_allowances(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` counts of what was used in windows that began before ``before``. Gives how many."""
    some = select(_allowance.c.key).where(_allowance.c.since < before).limit(limit)
    keys = session.scalars(some.with_for_update(skip_locked=True)).all()
    if keys:
        session.execute(delete(_allowance).where(_allowance.c.key.in_(keys)))
    return len(keys)


def delete_people(session: Session, ids: Sequence[int]) -> None:
    """Delete accounts whose notifications are gone, with what they preferred, their tokens and their own addresses;
    words and sessions go by themselves."""
    for theirs in (_preference.c.user_id, _token.c.user_id, _subscriber.c.owner_id):
        session.execute(delete(theirs.table).where(theirs.in_(ids)))
    session.execute(delete(_user).where(_user.c.id.in_(ids)))


def delete_unused_channels(session: Session, names: Sequence[str]) -> list[str]:
    """Delete those of the named channels on which nothing is left, and that no subscriber or mapping names. Gives their
    names."""
    users = [exists().where(table.c.channel_id == _channel.c.id) for table in (_message, _filter, _mapping)]
    unused = select(_channel.c.id, _channel.c.name).where(_channel.c.name.in_(names), ~or_(*users))
    found: dict[int, str] = dict(session.execute(unused).all())
    for table in (_preference, _mute, _medium):
        session.execute(delete(table).where(table.c.channel_id.in_(found)))
    session.execute(delete(_channel).where(_channel.c.id.in_(found)))
    return sorted(found.values())


def _delete_rows(session: Session, table: Table, *where: ColumnElement[bool], limit: int) -> int:
    ids = session.scalars(select(table.c.id).where(*where).order_by(table.c.id).limit(limit)).all()
    if ids:
        session.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)


def _old(channel_id: int, before: datetime) -> tuple[ColumnElement[bool], ...]:
    pending = [state.value for state in PENDING]
    busy = exists().where(_delivery.c.notification_id == _copy.c.id, _delivery.c.state.in_(pending))
    seen = _copy.c.visible_at < before  # not what was scheduled far ahead; created_at is there for its index
    return (_copy.c.channel_id == channel_id, _copy.c.created_at < before, seen, ~_copy.c.starred, ~busy)


def _left(channel_id: int, before: datetime) -> Select[str]:
    """Found by their ids, which sort by when they were saved: what is older has gone, but for a few."""
    own = _message.c.channel_id == channel_id, _message.c.id < first_id(before), _message.c.visible_at < before
    copies = exists().where(_copy.c.message_id == _message.c.id)
    pending = [state.value for state in PENDING]
    busy = exists().where(_delivery.c.message_id == _message.c.id, _delivery.c.state.in_(pending))
    return select(_message.c.id).where(*own, ~copies, ~busy).order_by(_message.c.id)


def _delete_deliveries(session: Session, ids: Sequence[str], envelope_ids: Sequence[str]) -> None:
    """With every envelope that they were ever in: earlier generations stand in the ledger only. A try of one delivery
    alone has its envelope beside it, which has an index; the delivery has none."""
    moved = select(_move.c.envelope_id).where(among(_move.c.delivery_id, ids), _move.c.envelope_id.is_not(None))
    envelopes = {*envelope_ids, *session.scalars(moved)}
    session.execute(delete(_move).where(among(_move.c.delivery_id, ids)))
    own = among(_attempt.c.envelope_id, envelopes), among(_attempt.c.delivery_id, ids)
    session.execute(delete(_attempt).where(*own))
    session.execute(delete(_delivery).where(among(_delivery.c.id, ids)))
    still_used: Select[Any] = select(_delivery.c.envelope_id).where(among(_delivery.c.envelope_id, envelopes))
    unused = envelopes - set(session.scalars(still_used))
    session.execute(delete(_attempt).where(among(_attempt.c.envelope_id, unused)))
    session.execute(delete(_envelope).where(among(_envelope.c.id, unused)))


def _take_off(session: Session, gone: Counter[tuple[str, str]]) -> None:
    """Messages that somebody still has a copy of count what is left, or the audit would miss what was forgotten."""
    ids = sorted({message_id for message_id, _ in gone})
    counted = select(_message.c.id, _message.c.counted).where(among(_message.c.id, ids)).order_by(_message.c.id)
    rows = [
        {"key": row.id, "left": {name: number - gone[row.id, name] for name, number in row.counted.items()}}
        for row in session.execute(counted.with_for_update(key_share=True))
    ]
    if rows:
        left = update(_message).where(_message.c.id == bindparam("key")).values(counted=bindparam("left"))
        session.connection().execute(left, rows)


def _delete_messages(session: Session, ids: Sequence[str]) -> None:
    """Messages that nobody has a copy of; their posting keys become free."""
    left = (
        ~exists().where(_copy.c.message_id == _message.c.id),
        ~exists().where(_delivery.c.message_id == _message.c.id),
    )
    gone = list(session.scalars(select(_message.c.id).where(among(_message.c.id, ids), *left)))
    session.execute(delete(_news).where(among(_news.c.message_id, gone)))
    session.execute(delete(_key).where(among(_key.c.message_id, gone)))
    session.execute(delete(_message).where(among(_message.c.id, gone)))
