"""Messages that a subscriber would have got, had it existed when they were posted: found, and delivered after all."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.orm import Session

from webapp.delivery import telling
from webapp.domain.medium import Medium
from webapp.domain.retry_policy import DEFAULT_TTL_S
from webapp.domain.subscription_filter import matches, values_of
from webapp.models import arrows
from webapp.models import message as messages
from webapp.models._columns import table_of
from webapp.models._ids import first_id, new_id
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber, SubscriberFilter

_delivery, _message = table_of(Delivery), table_of(Message)
_channel, _policy = table_of(Channel), table_of(Policy)
_states = select(_channel.c.id).where(_channel.c.name == telling.CHANNEL)
_READ = "id", "channel_id", "type", "category", "attributes", "created_at", "visible_at", "expires_at"
_Groups = Mapping[int, list[Mapping[str, str]]]  # by channel


def lacking(session: Session, subscriber_id: int, *, since: datetime, as_of: datetime, most: int) -> list[Row[Any]]:
    """The first ``most`` messages posted between these times that match its filters but have no delivery for it."""
    groups: dict[int, list[Mapping[str, str]]] = defaultdict(list)
    for one in session.scalars(select(SubscriberFilter).where(SubscriberFilter.subscriber_id == subscriber_id)):
        groups[one.channel_id].append(one.filters)
    posted = _posted(subscriber_id, groups, as_of)
    return list(islice(_wanted(session, posted, groups, after=first_id(since), size=most), most)) if groups else []


def _posted(subscriber_id: int, groups: _Groups, as_of: datetime) -> Select[*tuple[Any, ...]]:
    told = exists().where(_delivery.c.message_id == _message.c.id, _delivery.c.subscriber_id == subscriber_id)
    # The channel of states is for one poster alone, and a message that its poster has cancelled must reach nobody else.
    wanted = _message.c.withdrawn_at.is_(None), _message.c.channel_id.not_in(_states)
    where = _message.c.channel_id.in_(groups), _message.c.created_at <= as_of, ~told, *wanted
    return select(*_message.c[_READ]).where(*where).order_by(_message.c.id)


def _wanted(
    session: Session, posted: Select[*tuple[Any, ...]], groups: _Groups, *, after: str, size: int
) -> Iterator[Row[Any]]:
    """The matching messages, read page by page, oldest first."""
    while rows := session.execute(posted.where(_message.c.id > after).limit(size)).all():
        for row in rows:
            if matches(groups[row.channel_id], values_of(row.attributes, type=row.type, category=row.category)):
                yield row
        if len(rows) < size:
            break
        after = rows[-1].id


def make_up(session: Session, subscriber: Subscriber, lacks: Sequence[Row[Any]], *, by: str, now: datetime) -> int:
    """Make a delivery of each of these messages, as at its post, but starting now, and count it on the message. Returns
    how many were made: messages cancelled meanwhile are left out."""
    policy = session.scalars(select(Policy).where(Policy.id == subscriber.policy_id)).one()
    usual = _usual(session, {row.channel_id for row in lacks})
    standing = messages.count_more(session, [row.id for row in lacks], name=Medium.WEBHOOK.value)
    rows = [_row(row, subscriber.id, policy, usual[row.channel_id], now) for row in lacks if row.id in standing]
    arrows.queue(session, rows, now=now, by=by)
    return len(rows)


def _row(message: Row[Any], subscriber_id: int, policy: Policy, usual: "_TimeToLive", now: datetime) -> dict[str, Any]:
    begins_at = max(now, message.visible_at)
    return {
        "id": new_id(message.created_at),
        "message_id": message.id,
        "user_id": None,
        "subscriber_id": subscriber_id,
        "notification_id": None,
        "channel_id": message.channel_id,
        "medium": Medium.WEBHOOK.value,
        "generation": 1,
        "failures": 0,
        "retries_left": policy.as_word().attempts_for(message.type),
        "crashes": 0,
        "raises": 0,
        "due_at": begins_at,
        "expires_at": begins_at + usual.of(message.expires_at - message.visible_at, policy),
    }


@dataclass(frozen=True, slots=True)
class _TimeToLive:
    """The usual time to live of a channel's messages: the channel's own, or else its policy's."""

    own_s: float | None
    policy_s: float

    def of(self, lived: timedelta, policy: Policy) -> timedelta:
        """The time to live of a subscriber's delivery: the message's or the channel's own, or else that of the
        subscriber's policy. ``lived`` is what the message had."""
        by_policy = self.own_s is None and lived == timedelta(seconds=self.policy_s)
        return timedelta(seconds=policy.ttl_s or DEFAULT_TTL_S) if by_policy else lived


def _usual(session: Session, channel_ids: Collection[int]) -> dict[int, _TimeToLive]:
    columns = _channel.c.id, _channel.c.ttl_s, _policy.c.ttl_s.label("policy_s")
    joined = select(*columns).join_from(_channel, _policy, _policy.c.id == _channel.c.policy_id)
    rows = session.execute(joined.where(_channel.c.id.in_(channel_ids)))
    return {row.id: _TimeToLive(row.ttl_s, row.policy_s or DEFAULT_TTL_S) for row in rows}
