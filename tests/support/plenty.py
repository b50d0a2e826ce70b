"""Plenty: years of rows in minutes, written straight into the tables, from a seed; all of them consistent.

What a list costs shows only with many rows to skip: a few people who get most messages, every state of a delivery with
its ledger, envelope and try; and one hanging subscriber, for which a third of everything waits.
"""

import json
import random
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from tests.support.bulk import Row, writer
from tests.support.people import crowd_of
from webapp.database import writing
from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.audit import AuditEvent
from webapp.models.channel import Channel, ChannelMedium
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope, body_hash, digest
from webapp.models.message import INBOX, Message, UserNotification
from webapp.models.policy import Policy
from webapp.models.provider import Provider, ProviderHealth
from webapp.models.subscriber import Subscriber, SubscriberHealth
from webapp.models.user import User

SPAN, TTL = timedelta(days=20), timedelta(days=30)  # how far back; so long that nothing has expired
SUBSCRIBERS = 20
_AT_ONCE = 5000  # messages per write
_BODY = {"subject": "Lunch", "text": "At noon.", "html": None}

# For deliveries to people, the share of each state; its reason, and the outcome of its try.
_FARED: tuple[tuple[float, S, Reason | None, str], ...] = (
    (0.800, S.SENT, None, "accepted"),
    (0.060, S.FILTERED, Reason.PREF_OFF, ""),
    (0.040, S.UNDELIVERABLE, Reason.RECIPIENT_REFUSED, "permanent"),
    (0.010, S.UNDELIVERABLE, Reason.CONTENT_REFUSED, "permanent"),
    (0.010, S.UNKNOWN, Reason.TIMEOUT_AFTER_DATA, "temporary"),
    (0.010, S.DELIVERED, None, "temporary"),
    (0.010, S.CANCELLED, Reason.CANCELLED_BY_PERSON, ""),
    (0.020, S.RETRYING, Reason.SERVER_BUSY, "temporary"),
    (0.020, S.QUEUED, None, ""),
    (0.015, S.HELD, Reason.NO_PROVIDER, ""),
    (0.005, S.SENDING, None, ""),
)
_HANGS = ((0.6, S.QUEUED, None, ""), (0.4, S.RETRYING, Reason.TIMEOUT_BEFORE_DATA, "temporary"))
_OFF = ((1.0, S.HELD, Reason.SUBSCRIBER_OFF, ""),)


@dataclass
class Plenty:
    """About so many deliveries, and as many copies, for a hundredth as many ``people``, before ``now``.

    ``senders`` are the first of the people. ``subscribers`` are ids: the first one gets almost everything and hangs,
    the second one is switched off. Deliveries by ``media`` that have a provider are not held.
    """

    session: Session
    now: datetime
    deliveries: int
    seed: int = 0
    people: list[int] = field(default_factory=list)
    subscribers: list[int] = field(default_factory=list)
    _ids: int = 0

    def make(self) -> "Plenty":
        """Write all of it."""
        self._chance, self._write = random.Random(self.seed), writer(self.session)
        self._lay()
        count = max(self.deliveries * 3 // 10, 1)
        for start in range(0, count, _AT_ONCE):
            self._post(range(start, min(start + _AT_ONCE, count)), count)
        return self

    # --- whom and what there is once ---

    def _lay(self) -> None:
        with writing(self.session) as session:
            policy = session.scalars(select(Policy).where(Policy.name == "optimizely")).one()
            self._policy, self._allowed = policy.id, policy.as_word().attempts_for("news")
            last = session.scalar(select(func.max(User.id))) or 0
            names = [f"plenty{number:06}" for number in range(max(self.deliveries // 100, 20))]
            session.execute(insert(table_of(User)), crowd_of(names, self.now - SPAN))
            self.people = list(session.scalars(select(User.id).where(User.id > last).order_by(User.id)))
            self._channels = [self._channel(session, f"plenty.{number:02}") for number in range(20)]
            self._providers = {medium: self._provider(session, medium) for medium in ("email", "sms")}
            self.subscribers = [self._subscriber(session, number) for number in range(SUBSCRIBERS)]
            self._body = Body(hash=body_hash(**_BODY), **_BODY)
            session.add(self._body)
            session.execute(insert(table_of(AuditEvent)), list(self._events()))
            session.flush()
            self._body_id = self._body.id
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.people) + 1)))

    def _channel(self, session: Session, name: str) -> int:
        media = [ChannelMedium(medium=medium, position=at) for at, medium in enumerate(("email", "sms"))]
        made = Channel(name=name, title=name.title(), policy_id=self._policy, media=media, every_s=0)
        session.add(made)
        session.flush()
        return made.id

    def _provider(self, session: Session, medium: str) -> int:
        health = ProviderHealth(streak=0, proven_at=self.now)
        made = Provider(
            name=f"plenty-{medium}", kind="file", medium=medium, role="inactive", secrets="",
            settings={"sender": "belfry@example.com"}, changed_at=self.now, health=health,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id

    def _subscriber(self, session: Session, number: int) -> int:
        made = Subscriber(
            name=f"plenty {number:02}", settings={"url": "http://127.0.0.1:9/"}, secrets="", policy_id=self._policy,
            active=number != 1, off_why="person" if number == 1 else None, off_at=self.now if number == 1 else None,
            created_at=self.now - SPAN, changed_at=self.now - SPAN, health=SubscriberHealth(streak=0),
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id

    def _events(self) -> Iterator[Row]:
        for number in range(max(self.deliveries // 100, 100)):
            at, who = self.now - SPAN + number * timedelta(seconds=9), f"plenty{number % 7:06}"
            target = f"provider:plenty-{('email', 'sms')[number % 2]}"
            yield {"at": at, "who": who, "what": "provider changed", "target": target, "after": {"version": number + 2}}

    # --- what is posted ---

    def _post(self, numbers: Sequence[int], count: int) -> None:
        made: dict[Any, list[Row]] = defaultdict(list)
        for number in numbers:
            at = self.now - SPAN + (SPAN - timedelta(hours=1)) * number / count
            self._message(made, number, at)
        for model in (Message, UserNotification, Envelope, Delivery, Move, Attempt):
            self._write(table_of(model), made[model])

    def _message(self, made: dict[Any, list[Row]], number: int, at: datetime) -> None:
        message = {
            "id": self._id(at), "channel_id": self._channels[number % 20], "type": ("news", "alarm")[number % 9 == 0],
            "sender_id": self._one(), "subject": f"Lunch {number}", "body": "At *noon*.", "attributes": "{}",
            "created_at": at, "visible_at": at, "expires_at": at + TTL,
        }  # fmt: skip
        counted: dict[str, int] = defaultdict(int)
        for user_id in self._some():
            copy = {name: message[name] for name in ("channel_id", "created_at", "visible_at")}
            copy |= {"id": self._id(at), "message_id": message["id"], "user_id": user_id, "starred": False}
            copy |= {"read_at": at + timedelta(minutes=5) if self._chance.random() < 0.8 else None, "why": "named"}
            made[UserNotification].append(copy)
            counted[INBOX] += 1
            if self._chance.random() < 0.6:
                medium = "sms" if self._chance.random() < 0.1 else "email"
                counted[medium] += 1
                its = {"user_id": user_id, "notification_id": copy["id"], "medium": medium}
                self._deliver(made, message, its, self._fared(_FARED))
        for subscriber_id, fared in self._told(number):
            counted["webhook"] += 1
            its = {"subscriber_id": subscriber_id, "medium": "webhook"}
            self._deliver(made, message, its, self._fared(fared))
        made[Message].append(message | {"counted": json.dumps(counted)})

    def _told(self, number: int) -> Iterator[tuple[int, Any]]:
        """Every message for the one that hangs; every third also for another one: mostly for each of the rest in
        turn, now and then for the one that is switched off."""
        yield self.subscribers[0], _HANGS
        if number % 3 == 0:
            off = number % 30 == 0
            yield self.subscribers[1 if off else 2 + number // 3 % (SUBSCRIBERS - 2)], _OFF if off else _FARED[:5]

    def _deliver(self, made: dict[Any, list[Row]], message: Row, its: Row, fared: tuple[Any, ...]) -> None:
        state, reason, outcome = fared
        at, tried = message["created_at"], message["created_at"] + timedelta(seconds=2)
        row = its | {
            "id": self._id(at), "message_id": message["id"], "channel_id": message["channel_id"], "state": state.value,
            "reason": reason, "created_at": at, "due_at": at, "expires_at": at + TTL, "retries_left": self._allowed,
        }  # fmt: skip
        claimed = state not in (S.QUEUED, S.CANCELLED)
        if outcome:
            row["envelope_id"] = self._envelope(made, row, tried)
            self._try(made, row, tried, outcome, reason or (None if state is S.SENT else Reason.TIMEOUT_AFTER_DATA))
            row |= {} if outcome == "accepted" else self._failure(tried)
        if state is S.RETRYING:
            row |= {"last_delay_s": 60.0, "due_at": row["failed_at"] + timedelta(seconds=60)}
        token = self._id(tried) if claimed else None
        moves = list(_way(state, at, tried))
        if state is S.SENDING:
            row |= {"lease_token": token, "lease_until": self.now + timedelta(minutes=1)}
        if state in FINAL:
            row["ended_at"] = moves[-1][2]
        made[Delivery].append(row)
        made[Move] += self._moves(row, moves, token)

    def _failure(self, at: datetime) -> Row:
        told = {"failures": 1, "retries_left": self._allowed - 1, "failed_at": at + timedelta(milliseconds=40)}
        return told | {"last_error": "450 try again, 4.2.0 mailbox busy"}

    def _moves(self, row: Row, moves: Iterable[tuple[Any, S, datetime, str]], token: str | None) -> Iterator[Row]:
        for was, became, at, by in moves:
            sends, after = became is S.SENDING, S.SENDING in (was, became)
            why = Reason.TIMEOUT_AFTER_DATA if became is S.UNKNOWN else row["reason"]
            yield {
                "delivery_id": row["id"], "was": was, "became": became.value, "at": at, "by": by,
                "reason": None if sends or became is S.QUEUED else why,
                "envelope_id": None if sends or was is None else row.get("envelope_id"),
                "lease_token": token if after else None, "lease_until": at + timedelta(minutes=1) if sends else None,
            }  # fmt: skip

    def _envelope(self, made: dict[Any, list[Row]], row: Row, at: datetime) -> str:
        one = {
            "id": self._id(at), "user_id": row.get("user_id"), "subscriber_id": row.get("subscriber_id"),
            "channel_id": row["channel_id"], "medium": row["medium"], "address": "somebody@example.com",
            "variables": {}, "replaces": None, "created_at": at, "body_id": self._body_id,
        }  # fmt: skip
        one["digest"] = digest(one, body_hash(**_BODY))
        made[Envelope].append(one | {"variables": "{}"})
        return one["id"]

    def _try(self, made: dict[Any, list[Row]], row: Row, at: datetime, outcome: str, reason: Reason | None) -> None:
        doubt = reason is Reason.TIMEOUT_AFTER_DATA
        made[Attempt].append({
            "envelope_id": row["envelope_id"], "provider_id": self._providers.get(row["medium"]), "provider_version": 1,
            "generation": 1, "number": 1, "started_at": at, "ms": 40, "phase": "answered", "outcome": outcome,
            "reason": reason, "certainty": None if reason is None else "may_have_arrived" if doubt else "not_sent",
            "counted": True, "reply": "250 taken", "trigger": "dispatcher", "process": "host:1:plenty",
        })  # fmt: skip

    # --- chance ---

    def _id(self, at: datetime) -> str:
        self._ids += 1
        return f"{_begins(at)}{self._ids:016X}"

    def _one(self) -> int:
        """A person, by Zipf's law: the first is twice as likely as the second, three times as likely as the third …"""
        return self.people[bisect(self._weights, self._chance.random() * self._weights[-1])]

    def _some(self) -> set[int]:
        """The recipients of a message: mostly one, sometimes a team, rarely everybody."""
        size = self._chance.choices((1, 15, 200), (0.9, 0.09, 0.01))[0]
        return {self._one() for _ in range(size)}

    def _fared(self, weighed: Sequence[tuple[float, S, Reason | None, str]]) -> tuple[S, Reason | None, str]:
        return self._chance.choices([one[1:] for one in weighed], [one[0] for one in weighed])[0]


def _way(state: S, at: datetime, tried: datetime) -> Iterator[tuple[S | None, S, datetime, str]]:
    """The moves that lead to a state: from, to, when and by whom."""
    ended = tried + timedelta(seconds=1)
    yield None, S.QUEUED, at, "plenty"
    if state is S.CANCELLED:
        yield S.QUEUED, S.CANCELLED, ended, "ada"
    elif state is not S.QUEUED:
        yield S.QUEUED, S.SENDING, tried, "dispatcher"
        if state is not S.SENDING:
            yield S.SENDING, S.UNKNOWN if state is S.DELIVERED else state, ended, "dispatcher"
        if state is S.DELIVERED:
            yield S.UNKNOWN, S.DELIVERED, ended + timedelta(hours=1), "ada"


@lru_cache(10_000)
def _begins(at: datetime) -> str:
    return first_id(at)[:10]
