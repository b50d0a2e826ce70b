"""What surrounds the list of failed deliveries: their reasons, the choices to narrow it by, and the proof that an empty
list is right."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, literal_column, select

from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.who import Who
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import UNUSUAL, Delivery, Move
from webapp.models.job import JobRun
from webapp.models.message import Message
from webapp.models.provider import ProviderHealth
from webapp.models.subscriber import Subscriber
from webapp.services._courses import RECIPIENT, provider_name, with_recipients
from webapp.services.queue._filters import failed_in
from webapp.services.queue.queue import Tab

_FAILED = "state IN ('undeliverable', 'unknown')"  # in the words of the partial index, so that it is used
MOST_NEEDY = 99  # beyond that the menu says "99+"
_NEEDY = select(func.count()).select_from(
    select(Delivery.id).where(literal_column(_FAILED)).limit(MOST_NEEDY + 1).subquery()
)
MOST_SURVEYED = 1000  # the newest of a tab; older ones would not change the choices


@dataclass(frozen=True, slots=True)
class Group:
    """The deliveries of a tab with one reason on one medium: how many, and since when; None where not all were read."""

    reason: Reason | None
    medium: Medium
    count: Bounded
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Survey:
    """A whole tab at a glance: its reasons, the most frequent first, and the channels, providers and subscribers in
    it."""

    groups: tuple[Group, ...]
    channels: tuple[str, ...]
    providers: tuple[str, ...]
    subscribers: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons that occur."""
        return tuple(dict.fromkeys(group.reason for group in self.groups if group.reason))

    def others(self, reason: Reason | None) -> Bounded:
        """How many deliveries have this reason, not counting the one that is being looked at."""
        count = sum((group.count for group in self.groups if group.reason is reason), NOTHING)
        return Bounded(max(count.n - 1, 0), count.more)


@dataclass(frozen=True, slots=True)
class Proof:
    """When something was last handed over, and when the resender last ran; None where that never happened."""

    success_at: datetime | None
    resender_at: datetime | None


@dataclass(frozen=True, slots=True)
class Example:
    """One of many, to recognise them by: subject and recipient."""

    subject: str
    recipient: Who


def needing() -> Bounded:
    """How many deliveries need a person: undeliverable ones, and those that may or may not have arrived."""
    return Bounded.of(db.session.connection().execute(_NEEDY).scalar_one(), most=MOST_NEEDY)


def survey(*, tab: Tab) -> Survey:
    """The deliveries of one tab, by reason, channel, provider and subscriber; in one statement."""
    rows = db.session.execute(_grouped(tab)).all()
    return Survey(
        groups=_groups(rows),
        channels=tuple(sorted({row.channel for row in rows})),
        providers=tuple(sorted({row.provider for row in rows if row.provider})),
        subscribers=tuple(sorted({row.subscriber for row in rows if row.subscriber})),
    )


def held_since(*, ids: Iterable[str]) -> Mapping[str, datetime]:
    """When each of these was last held, by the ledger."""
    held = select(Move.delivery_id, func.max(Move.at)).where(Move.became == S.HELD.value, Move.delivery_id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(held.group_by(Move.delivery_id))}


def proof() -> Proof:
    """Evidence that the engine runs although nothing is waiting."""
    ran = select(func.max(JobRun.ended_at)).where(JobRun.job == "resender").scalar_subquery()
    row = db.session.execute(select(func.max(ProviderHealth.last_success_at), ran)).one()
    return Proof(*row)


def examples(*, ids: Sequence[str]) -> list[Example]:
    """The subjects and recipients of these few."""
    found = select(Message.subject, *RECIPIENT).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
    found = with_recipients(found).where(Delivery.id.in_(ids)).order_by(Delivery.id.desc())
    return [Example(row.subject, Who(row.display_name, row.username)) for row in db.session.execute(found)]


@cache
def _grouped(tab: Tab) -> Select[*tuple[Any, ...]]:
    tried = (
        Delivery.reason,
        Delivery.medium,
        Delivery.channel_id,
        Delivery.subscriber_id,
        provider_name().label("provider"),
    )
    newest = select(*tried, _since(tab).label("since")).where(*_is_on(tab)).order_by(*_newest(tab))
    some = newest.limit(MOST_SURVEYED + 1).subquery()
    names = Channel.name.label("channel"), Subscriber.name.label("subscriber")
    keys = some.c.reason, some.c.medium, *names, some.c.provider
    counted = select(*keys, func.count().label("n"), func.min(some.c.since).label("since"))
    named = counted.join(Channel, Channel.id == some.c.channel_id)
    return named.outerjoin(Subscriber, Subscriber.id == some.c.subscriber_id).group_by(*keys)


def _is_on(tab: Tab) -> list[ColumnElement[bool]]:
    """In the words of the partial index, so that SQLite recognises that it applies."""
    if _has_ended(tab):
        return failed_in(tab.states)
    return [Delivery.state == literal_column(f"'{tab.value}'"), literal_column(UNUSUAL)]


def _newest(tab: Tab) -> list[ColumnElement[Any]]:
    """In the order of that index: failed ones by the time of the end, pending ones by the time of posting."""
    return [*([Delivery.ended_at.desc()] if _has_ended(tab) else []), Delivery.id.desc()]


def _has_ended(tab: Tab) -> bool:
    return tab in (Tab.UNDELIVERABLE, Tab.UNKNOWN)


def _since(tab: Tab) -> Any:
    """Since when a delivery is in its state; for held ones, by the ledger."""
    return {Tab.HELD: _held_at(), Tab.RETRYING: Delivery.failed_at}.get(tab, Delivery.ended_at)


def _held_at() -> ScalarSelect[datetime]:
    held = select(func.max(Move.at)).where(Move.delivery_id == Delivery.id, Move.became == S.HELD.value)
    return held.correlate(Delivery).scalar_subquery()


def _groups(rows: Sequence[Row[Any]]) -> tuple[Group, ...]:
    """The groups by reason and medium, summed over channels, providers and subscribers."""
    alike: dict[tuple[str | None, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        alike[row.reason, row.medium].append(row)
    more = sum(row.n for row in rows) > MOST_SURVEYED
    groups = [
        Group(
            reason=Reason(reason) if reason else None,
            medium=Medium(medium),
            count=Bounded(min(sum(row.n for row in some), MOST_SURVEYED), more),
            since=None if more else min((row.since for row in some if row.since), default=None),
        )
        for (reason, medium), some in alike.items()
    ]
    return tuple(sorted(groups, key=lambda group: -group.count.n))
