"""Reading the queue for the audit: pages of deliveries by id, each with its ledger, its envelopes and its tries."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, select
from sqlalchemy.orm import Session

from webapp.database import reading
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope
from webapp.models.message import Message, UserNotification
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.services.auditing._fit import Case, Row, Rules, generations

_delivery, _move, _message, _copy = table_of(Delivery), table_of(Move), table_of(Message), table_of(UserNotification)
_envelope, _body, _attempt, _user = table_of(Envelope), table_of(Body), table_of(Attempt), table_of(User)
_subscriber = table_of(Subscriber)
_members = _delivery.alias("members")
_NEVER = "~"  # sorts after every id


@dataclass(frozen=True, slots=True)
class Terms:
    """What all deliveries are judged by."""

    now: datetime
    lease: timedelta
    rules: dict[int, Rules]
    of_subscribers: dict[int, Rules]
    digests_since: str


@contextmanager
def snapshot() -> Iterator[Session]:
    """One snapshot of the database for several statements, while others go on writing. SQLite gives one anyway."""
    with reading(db.session) as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def terms(session: Session, *, now: datetime, lease: timedelta, digests_since: str) -> Terms:
    """The rules of channels and subscribers in this snapshot; ``now`` is the time at which it began."""
    rules = {
        channel.id: Rules(
            channel.policy.as_word(), channel.every_s, unedited=channel.version == channel.policy.version == 1
        )
        for channel in session.scalars(select(Channel))
    }
    of_subscribers = {
        one.id: Rules(one.policy.as_word(), every_s=0, unedited=one.version == one.policy.version == 1)
        for one in session.scalars(select(Subscriber))
    }
    return Terms(now, lease, rules, of_subscribers, digests_since)


def digests_since(session: Session) -> str:
    """The id of the first envelope with a stored digest; every later one must have one."""
    first = select(_envelope.c.id).where(_envelope.c.digest.is_not(None)).order_by(_envelope.c.id).limit(1)
    return session.scalar(first) or _NEVER


def page(session: Session, after: str, size: int) -> list[str]:
    """The next ids after ``after`` that have a row in the deliveries or in the ledger."""
    rows = select(_delivery.c.id).where(_delivery.c.id > after).order_by(_delivery.c.id).limit(size)
    told = select(_move.c.delivery_id).where(_move.c.delivery_id > after).distinct().order_by(_move.c.delivery_id)
    both = merge(session.scalars(rows), session.scalars(told.limit(size)))
    return list(dict.fromkeys(both))[:size]


def cases(session: Session, ids: list[str], terms: Terms) -> Iterator[tuple[str, Case | str]]:
    """The Case of each id, or a sentence where there can be none."""
    between = ids[0], ids[-1]
    rows = {row.id: row for row in session.execute(_rows().where(_delivery.c.id.between(*between)))}
    moves = _by(session, select(_move).where(_move.c.delivery_id.between(*between)).order_by(_move.c.id), "delivery_id")
    named = _named(*between)
    tries = _by(
        session, select(_attempt).where(_attempt.c.envelope_id.in_(named)).order_by(_attempt.c.id), "envelope_id"
    )
    envelopes = {row.id: row for row in session.execute(_envelopes(named))}
    for id_ in ids:
        row, ledger = rows.get(id_), moves.get(id_)
        if row is None:
            yield id_, "it is gone, but its ledger is there"
        elif ledger is None:
            yield id_, "it has no ledger"
        else:
            yield id_, _case(row, ledger, envelopes, tries, terms)


def _case(row: Row, ledger: list[Row], envelopes: dict[str, Row], tries: dict[str, list[Row]], terms: Terms) -> Case:
    named = {id_ for id_ in (row.envelope_id, *(move.envelope_id for move in ledger)) if id_}
    return Case(
        row=row,
        generations=generations(ledger),
        envelopes={id_: envelopes[id_] for id_ in named if id_ in envelopes},
        tries={id_: tries[id_] for id_ in named if id_ in tries},
        rules=_rules(row, terms),
        now=terms.now,
        lease=terms.lease,
        digests_since=terms.digests_since,
    )


def _rules(row: Row, terms: Terms) -> Rules | None:
    """The rules of a delivery. A subscriber's delivery is retried by its own policy, but its first try waits for the
    channel's interval."""
    channel, own = terms.rules.get(row.channel_id), terms.of_subscribers.get(row.subscriber_id or 0)
    if channel is None or own is None:
        return channel
    return replace(own, every_s=channel.every_s, unedited=own.unedited and channel.unedited)


def _rows() -> Select[Any]:
    """Deliveries with what they refer to, as far as that exists."""
    more = (
        _message.c.type,
        _message.c.visible_at,
        _message.c.channel_id.label("message_channel_id"),
        _message.c.created_at.label("message_created_at"),
        _message.c.expires_at.label("message_expires_at"),
        _copy.c.user_id.label("copy_user_id"),
        _copy.c.message_id.label("copy_message_id"),
        _user.c.id.label("known_user_id"),
        _subscriber.c.id.label("known_subscriber_id"),
    )
    joined = (
        _delivery.outerjoin(_message, _delivery.c.message_id == _message.c.id)
        .outerjoin(_copy, _delivery.c.notification_id == _copy.c.id)
        .outerjoin(_user, _delivery.c.user_id == _user.c.id)
        .outerjoin(_subscriber, _delivery.c.subscriber_id == _subscriber.c.id)
    )
    return select(_delivery, *more).select_from(joined)


def _named(first: str, last: str) -> CompoundSelect[Any]:
    """The ids of the envelopes that these deliveries or their ledger name."""
    told = select(_move.c.envelope_id).where(_move.c.delivery_id.between(first, last), _move.c.envelope_id.is_not(None))
    rows = select(_delivery.c.envelope_id).where(
        _delivery.c.id.between(first, last), _delivery.c.envelope_id.is_not(None)
    )
    return told.union(rows)


def _envelopes(named: CompoundSelect[Any]) -> Select[Any]:
    """Envelopes with the hash of their body, and the number of deliveries that are still in them."""
    inside = select(func.count()).where(_members.c.envelope_id == _envelope.c.id).scalar_subquery().label("inside")
    columns = *_envelope.c, _body.c.hash.label("body_hash"), inside
    joined = _envelope.outerjoin(_body, _envelope.c.body_id == _body.c.id)
    return select(*columns).select_from(joined).where(_envelope.c.id.in_(named))


def _by(session: Session, statement: Select[Any], name: str) -> dict[str, list[Row]]:
    """The rows grouped by the column ``name``, each group in order."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in session.execute(statement):
        found[getattr(row, name)].append(row)
    return found
