"""Tells posters what becomes of what they post: the news that moves leave behind is sent to the posters' own
subscribers.

What tells it is a message itself, from Belfry on a channel of its own, with one delivery: it is tried, retried and
shown like any other. Nobody is told in turn what becomes of that.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, scoped_session

from webapp.database import writing
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.english import plain
from webapp.domain.medium import Medium
from webapp.domain.message import LONGEST_SUBJECT
from webapp.domain.retry_policy import DEFAULT_TTL_S, RetryPolicy
from webapp.domain.wording import Course, Reader, about, open_to_senders
from webapp.models import arrows, state_news
from webapp.models import channel as channels
from webapp.models._ids import new_id
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.due import due_now
from webapp.models.message import Message, add_post
from webapp.models.policy import Policy
from webapp.models.state_news import News
from webapp.models.subscriber import Subscriber
from webapp.models.user import User

CHANNEL, SYSTEM, TYPE = "belfry.states", "Belfry", "states"
AT_ONCE = 1000  # news in one transaction: about half a second's work for a database
TOGETHER = 100  # deliveries that one message tells of
_OPTIONS = ChannelOptions(
    title="States",
    description="What Belfry has to tell posters of the states of their messages’ deliveries.",
    media=(),
    immediate=True,
    posters=(),
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Listener:
    """A subscriber with the policy that it is tried by."""

    id: int
    policy: RetryPolicy


@dataclass(frozen=True, slots=True)
class _Item:
    """One piece of news, and the delivery that it is of."""

    news: News
    row: Row[*tuple[Any, ...]]


class Teller:
    """Tells the news of a process where some is ``due``, in a short transaction of its own.

    It is not done in the engine's turn: that holds locks on the providers it writes about, and could deadlock with
    another process that is telling. And what was sent must be written down, whatever becomes of the telling.
    """

    def __init__(self, session: "Session | scoped_session[Session]") -> None:
        self._session, self.due = session, False

    def tell(self, now: datetime) -> None:
        """Post the news, and wake the dispatcher for it. A failure is logged, and left for the next time."""
        if not self.due:
            return
        self.due = False
        try:
            with writing(self._session) as session:
                if tell(session, now=now):
                    due_now(session, S.QUEUED)
        except Exception:  # noqa: BLE001 — the engine goes on
            _log.exception("Posters could not be told what became of their messages; it is tried again")


def tell(session: Session, *, now: datetime) -> int:
    """Post the news, one message for each subscriber and each message that it is about; returns how many news were
    taken.

    The same transaction takes them out: a process that dies in it has told nothing, and the next one tells it all. News
    of a deleted message, or for a removed subscriber, is dropped.
    """
    news = state_news.take(session, limit=AT_ONCE)
    if not news:
        return 0
    listeners, rows = _listeners(session, news), _deliveries(session, news)
    items = [_Item(one, rows[one.delivery_id]) for one in news if one.delivery_id in rows]
    channel = channels.opened(session, name=CHANNEL, options=_OPTIONS)
    for subscriber_id, some in _grouped(items):
        if subscriber_id in listeners:
            _post(session, channel, listeners[subscriber_id], some, now)
    return len(news)


def _listeners(session: Session, news: Iterable[News]) -> dict[int, _Listener]:
    ids = {one.subscriber_id for one in news}
    wanted = select(Subscriber.id, Policy).join(Policy, Policy.id == Subscriber.policy_id)
    found = session.execute(wanted.where(Subscriber.id.in_(ids), Subscriber.removed_at.is_(None)))
    return {row.id: _Listener(row.id, row.Policy.as_word()) for row in found}


def _deliveries(session: Session, news: Iterable[News]) -> dict[str, Row[*tuple[Any, ...]]]:
    """The deliveries that the news is of, by id, in the words that their poster knows."""
    name, who = func.coalesce(User.username, Subscriber.name), func.coalesce(User.display_name, Subscriber.name)
    own = Delivery.id, Delivery.medium, Delivery.state, Delivery.due_at
    columns = *own, name.label("recipient"), who.label("who"), Message.subject, Message.visible_at, Channel.title
    joined = select(*columns).join_from(Delivery, Message, Message.id == Delivery.message_id)
    joined = joined.join(Channel, Channel.id == Delivery.channel_id).outerjoin(User, User.id == Delivery.user_id)
    joined = joined.outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
    ids = {one.delivery_id for one in news}
    rows: Iterable[Row[*tuple[Any, ...]]] = session.execute(joined.where(Delivery.id.in_(ids)))
    return {row.id: row for row in rows}


def _grouped(items: Iterable[_Item]) -> Iterator[tuple[int, list[_Item]]]:
    """Subscriber ids, each with the news of one message, at most TOGETHER at once; in their order."""
    groups: dict[tuple[int, str], list[_Item]] = defaultdict(list)
    for one in items:
        groups[one.news.subscriber_id, one.news.message_id].append(one)
    for (to, _), those in groups.items():
        for start in range(0, len(those), TOGETHER):
            yield to, those[start : start + TOGETHER]


def _post(session: Session, channel: Channel, to: _Listener, items: Sequence[_Item], now: datetime) -> None:
    subject = f"What became of “{items[0].row.subject}”"
    message = {
        "id": new_id(now),
        "channel_id": channel.id,
        "type": TYPE,
        "sender_id": None,
        "system_sender": SYSTEM,
        "subject": subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 2]}…”",
        "body": "\n".join(f"* {_sentence(one)}" for one in items),
        "link": None,
        "attributes": {"message": items[0].news.message_id, "deliveries": [_told(one) for one in items]},
        "created_at": now,
        "visible_at": now,
        "expires_at": now + timedelta(seconds=to.policy.ttl_s or DEFAULT_TTL_S),
        "counted": {Medium.WEBHOOK.value: 1},
    }
    add_post(session, message, [], None)
    arrows.queue(session, [_delivery(message, to)], now=now, by=SYSTEM)


def _delivery(message: Mapping[str, Any], to: _Listener) -> dict[str, Any]:
    return {
        "id": new_id(message["created_at"]),
        "message_id": message["id"],
        "user_id": None,
        "subscriber_id": to.id,
        "notification_id": None,
        "channel_id": message["channel_id"],
        "medium": Medium.WEBHOOK.value,
        "generation": 1,
        "failures": 0,
        "retries_left": to.policy.attempts_for(TYPE),
        "crashes": 0,
        "raises": 0,
        "due_at": message["visible_at"],
        "expires_at": message["expires_at"],
    }


def _told(item: _Item) -> dict[str, Any]:
    """What programs read. A poster is told no more of a reason than a sender may know of the recipient."""
    news, reason = item.news, item.news.reason
    return {
        "id": news.delivery_id,
        "recipient": item.row.recipient,
        "medium": item.row.medium,
        "state": news.state.value,
        "reason": reason.value if reason and open_to_senders(reason) else None,
        "sentence": _sentence(item),
        "at": news.at.isoformat().replace("+00:00", "Z"),
    }


def _sentence(item: _Item) -> str:
    """How it stood then. Its due time is told only while it still stands so."""
    news, row = item.news, item.row
    course = Course(
        who=row.who,
        channel=row.title,
        state=news.state,
        medium=Medium(row.medium),
        reason=news.reason,
        due_at=row.due_at if S(row.state) is news.state else None,
        since=news.at,
        upcoming=row.visible_at > news.at,
    )
    return plain(about(course, reader=Reader.SENDER, now=news.at))
