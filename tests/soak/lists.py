"""Every list that people or programs look at, and every look of the engine that comes again and again: what it is
called, and how it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.delivery import groups
from webapp.delivery.ambiguity import release_laid_out
from webapp.domain.delivery_state import PENDING
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.models import arrows, claims, forgetting, holding, leases
from webapp.models.channel import Channel
from webapp.models.message import Message, UserNotification
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.services.inbox import inbox, whole
from webapp.services.inbox.inbox import Showing
from webapp.services.posting import faring, sent
from webapp.services.posting.channels import listed as channels_listed
from webapp.services.preferences import senders
from webapp.services.providers import _numbers as provider_numbers
from webapp.services.providers import history
from webapp.services.queue import deliveries, failed, missed, queue, recovering, statistics
from webapp.services.queue._filters import Filters, Tab
from webapp.services.running import health, jobs
from webapp.services.subscribers import _numbers as subscriber_numbers
from webapp.services.subscribers import latest

LEASE = timedelta(seconds=60)
Work = Callable[["Seen", Session], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What there is to look at: whoever has most, and the busiest of everything."""

    now: datetime
    user_id: int
    username: str
    channel: str
    channel_id: int
    message: str
    largest: str
    hanging: str
    hanging_id: int
    off_id: int
    middle: datetime

    @classmethod
    def of(cls, session: Session, now: datetime) -> "Seen":
        """As plenty.py has made it."""
        user = session.scalars(select(User).where(User.username == "plenty000000")).one()
        channel = session.scalars(select(Channel).where(Channel.name == "plenty.00")).one()
        mine = select(Message.id).where(Message.sender_id == user.id)
        ids = {row.name: row.id for row in session.execute(select(Subscriber.name, Subscriber.id))}
        size = func.count().desc()
        copies = select(UserNotification.message_id).join(Message, Message.id == UserNotification.message_id)
        copies = copies.where(Message.sender_id == user.id).group_by(UserNotification.message_id).order_by(size)
        return cls(
            now=now,
            user_id=user.id,
            username=user.username,
            channel=channel.name,
            channel_id=channel.id,
            message=session.scalars(mine.limit(1)).one(),
            largest=session.scalars(copies.limit(1)).one(),
            hanging="plenty 00",
            hanging_id=ids["plenty 00"],
            off_id=ids["plenty 01"],
            middle=now - timedelta(days=10),
        )

    @property
    def long_ago(self) -> datetime:
        """When nothing was there yet."""
        return self.now - timedelta(days=90)

    @property
    def made(self) -> claims.Claim:
        """A claim of now."""
        return claims.Claim(due=self.now, now=self.now, token="T" * 26, until=self.now + LEASE, by="test")


@dataclass(frozen=True, slots=True)
class List:
    """One of them. ``index`` is what its longest statement goes by; ``most`` is how many rows it may look at."""

    name: str
    work: Work
    index: str = ""
    most: int = 2000


def _inbox(**showing: Any) -> Work:
    return lambda seen, _: inbox.page(user_id=seen.user_id, showing=Showing(**showing), now=seen.now)


def _inbox_further_on(seen: Seen, _session: Session) -> object:
    mine = {"user_id": seen.user_id, "showing": Showing(), "now": seen.now}
    return inbox.page(**mine, after=inbox.page(**mine).older)


def _queue(states: tuple[S, ...], **filters: Any) -> Work:
    def work(seen: Seen, _session: Session) -> object:
        given = {name: value(seen) if callable(value) else value for name, value in filters.items()}
        page = queue.newest(filters=Filters(states=states, **given))
        return queue.newest(filters=Filters(states=states, **given), cursor=page.older) if page.older else None

    return work


def _counts(**filters: Any) -> Work:
    return lambda seen, _: queue.counts(filters=Filters(**filters))


_FAILED = (S.UNDELIVERABLE, S.UNKNOWN)
_LOOKED = 5_000  # two pages, for each of which 1,000 are passed over to see how far it may look, and as many looked at

CLAIMS = [
    List(
        "claim of people's, fresh",
        lambda s, x: claims.claim(x, S.QUEUED, s.made, limit=100, only="email"),
        "ix_delivery_queued",
        4000,
    ),
    List(
        "claim of people's, again",
        lambda s, x: claims.claim(x, S.RETRYING, s.made, limit=100, only="email"),
        "ix_delivery_retrying",
        40_000,
    ),
    List(
        "claim of subscribers', fresh",
        lambda s, x: claims.claim(x, S.QUEUED, s.made, limit=100, only="webhook", busy={s.hanging_id}),
        "ix_delivery_queued_subscriber",
    ),
    List(
        "claim of subscribers', again",
        lambda s, x: claims.claim(x, S.RETRYING, s.made, limit=100, only="webhook", busy={s.hanging_id}),
        "ix_delivery_retrying_subscriber",
    ),
    List(
        "claim of one that hangs",
        lambda s, x: claims.claim(x, S.QUEUED, s.made, limit=100, only="webhook"),
        "ix_delivery_queued_subscriber",
    ),
    List("seek", lambda s, x: claims.seek(x, s.made, limit=100, only="email"), "ix_delivery_queued"),
    List(
        "claim of what crashed",
        lambda s, x: claims.claim_crashed(x, S.RETRYING, s.made, busy={"sms", s.hanging_id}),
        "ix_delivery_crashed",
    ),
    List("lanes of what crashed", lambda s, x: claims.crashed_are_due(x, before=s.now), "ix_delivery_crashed"),
    List("expired leases", lambda s, x: leases.lost(x, now=s.now, lease=LEASE, limit=100), "ix_delivery_sending"),
    List("expired deliveries", lambda s, x: arrows.expire(x, now=s.now, by="test", limit=100), "ix_delivery_expiring"),
    List(
        "held for another reason",
        lambda s, x: holding.release(x, medium="email", reason=Reason.PROVIDER_PAUSED, now=s.now, by="t"),
        "ix_delivery_held",
    ),
    List(
        "held for subscribers",
        lambda s, x: holding.release_subscribers(x, now=s.now, by="t"),
    ),
    List(
        "a probe",
        lambda s, x: holding.release_probe(
            x, medium="email", into=[S.QUEUED], now=s.long_ago, by="t", together=partial(groups.together, x)
        ),
        "ix_delivery_held",
    ),
    List("held for a formatter", lambda s, x: release_laid_out(x, now=s.now, by="t"), "ix_delivery_held"),
]
INBOX = [
    List("inbox", _inbox(), "ix_user_notification_inbox", 22_000),
    List("inbox, unread", _inbox(unread=True), "ix_user_notification_unread", 22_000),
    List("inbox, of a channel", _inbox(channel="plenty.00"), "ix_user_notification_inbox", 22_000),
    List("inbox, further on", _inbox_further_on, "ix_user_notification_inbox", 44_000),
    List(
        "inbox, asked again",
        lambda s, _: inbox.version(user_id=s.user_id, showing=Showing(), now=s.now),
        "ix_user_notification_inbox",
        11_000,
    ),
    List("unread", lambda s, _: inbox.unread(user_id=s.user_id, now=s.now), "ix_user_notification_unread"),
    List(
        "inbox of the API",
        lambda s, _: whole.page(user_id=s.user_id, showing=Showing(), now=s.now, limit=50, raw=True),
        "ix_user_notification_inbox",
    ),
    List("senders lately", lambda s, _: senders.lately(user_id=s.user_id, now=s.now), "ix_user_notification_inbox"),
]
QUEUE = [
    *(List(f"failed, {tab}", _queue(tab.states)) for tab in Tab),
    List("failed, unknown alone", _queue((S.UNKNOWN,)), "ix_delivery_unknown"),
    List("failed, where nothing matches", _queue(_FAILED, text="no such words"), "", _LOOKED),
    List("deliveries, where nothing matches", _queue((), text="no such words"), "", _LOOKED),
    List("failed, both", _queue(_FAILED)),
    List("failed, of a channel", _queue(_FAILED, channel="plenty.00"), "", _LOOKED),
    List("failed, by reason", _queue((S.UNDELIVERABLE,), reason="CONTENT_REFUSED"), "", _LOOKED),
    List("failed, by provider", _queue((S.UNDELIVERABLE,), provider="plenty-email"), "", _LOOKED),
    List("failed, of a person", _queue(_FAILED, user="plenty000003"), "", 20_000),
    List("failed, of people", _queue(_FAILED, person="plenty000003"), "", _LOOKED),
    List("failed, with words", _queue(_FAILED, text="mailbox busy"), "", _LOOKED),
    List("failed, of a type", _queue(_FAILED, type="alarm"), "", _LOOKED),
    List("failed, of a subscriber", _queue(_FAILED, subscriber="plenty 03"), "ix_delivery_failed_subscriber"),
    List("failed, of a message", _queue(_FAILED, message=lambda s: s.largest)),
    List("failed, since", _queue(_FAILED, since=lambda s: s.middle, before=lambda s: s.now)),
    List("retrying, of a subscriber", _queue((S.RETRYING,), subscriber="plenty 00")),
    List("held, of a subscriber", _queue((S.HELD,), subscriber="plenty 01")),
    List("counts of the tabs", _counts(), "", 50_000),
    List("counts, of a channel", _counts(channel="plenty.00"), "", 30_000),
    List("counts, of a subscriber", _counts(subscriber="plenty 03"), "ix_delivery_held_subscriber", 50_000),
    List("deliveries", _queue(())),
    List("deliveries, sent", _queue((S.SENT,)), "", _LOOKED),
    List("deliveries, queued", _queue((S.QUEUED,))),
    List("deliveries, of a medium", _queue((), medium="sms"), "", _LOOKED),
    List("deliveries, sent by a medium", _queue((S.SENT,), medium="sms"), "", _LOOKED),
    List("deliveries, of a person", _queue((), user="plenty000003"), "ix_delivery_notification_id", 20_000),
    List("deliveries, of a subscriber", _queue((), subscriber="plenty 03")),
    List("deliveries, since", _queue((), since=lambda s: s.middle), "", _LOOKED),
    List("deliveries, before", _queue((), before=lambda s: s.middle)),
    List("deliveries of the API", lambda s, _: deliveries.listed(limit=50)),
    List("deliveries of the API, failed", lambda s, _: deliveries.listed(states=["undeliverable"], limit=50)),
    *(List(f"survey of {tab}", lambda s, _, tab=tab: failed.survey(tab=tab), "", 60_000) for tab in Tab),
    List("needing", lambda s, _: failed.needing(), "ix_delivery_failed"),
    List("proof", lambda s, _: failed.proof()),
    List("selected", lambda s, _: queue.matching(filters=Filters(states=_FAILED), as_of=s.now), "", 60_000),
    List("statistics", lambda s, _: statistics.count(now=s.now), "", 130_000),
    List("missed by a person", lambda s, _: missed.missed(now=s.now, username=s.username), "", 30_000),
    List("missed on a channel", lambda s, _: missed.missed(now=s.now, channel=s.channel), "", 30_000),
]
REST = [
    List("sent", lambda s, _: sent.page(user_id=s.user_id, now=s.now), "", 30_000),
    List("sent, asked again", lambda s, _: sent.version(user_id=s.user_id, now=s.now), "", 30_000),
    List("sent, one", lambda s, _: sent.get(user_id=s.user_id, id=s.largest, now=s.now)),
    List(
        "sent, one's failed", lambda s, _: sent.get(user_id=s.user_id, id=s.largest, now=s.now, state=S.UNDELIVERABLE)
    ),
    List("channels", lambda s, _: faring.farings(channels=channels_listed(), now=s.now), "", 3000),
    List(
        "what waits behind a provider", lambda _, __: provider_numbers.waiting(PENDING, ["email", "sms"]), "", 100_000
    ),
    List("providers", lambda s, _: provider_numbers.count(s.now), "", 40_000),
    List("provider's history", lambda s, _: history.listed(name="plenty-email"), "", 3000),
    List("provider's history, older", lambda _, __: history.listed(name="plenty-email", before=200), "", 3000),
    List("subscribers", lambda s, _: subscriber_numbers.count(), "", 30_000),
    List("subscriber's latest", lambda s, _: latest.deliveries(subscriber_id=s.hanging_id), ""),
    List(
        "recovery of a subscriber", lambda s, _: recovering.outlook(name="plenty 03", since=None, now=s.now), "", 30_000
    ),
    List("jobs", lambda s, _: jobs.listed(numbers={}, now=s.now)),
    List(
        "health",
        lambda s, _: health.check(
            now=s.now, dispatches=True, uptime_s=0, turned_s_ago=0, oldest_due_s=9, oldest_held_s=9
        ),
    ),
    List(
        "truncation of a channel",
        lambda s, x: forgetting.delete_old(x, channel_id=s.channel_id, before=s.middle, limit=100),
        "ix_user_notification_channel_id_created_at",
        20_000,
    ),
    List(
        "truncation where nothing is old",
        lambda s, x: forgetting.delete_old(x, channel_id=s.channel_id, before=s.long_ago, limit=100),
        "ix_user_notification_channel_id_created_at",
    ),
    List(
        "truncation of what is left",
        lambda s, x: forgetting.delete_left(x, channel_id=s.channel_id, before=s.long_ago, limit=100),
    ),
]
LISTS = [*CLAIMS, *INBOX, *QUEUE, *REST]
