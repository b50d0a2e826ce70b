"""Subscribers: HTTP endpoints that receive what is posted on channels, each through its own filters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, Text, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from webapp.domain.retry_policy import RetryPolicy
from webapp.domain.text import LONGEST_WHY
from webapp.extensions import db
from webapp.models import policy as policies
from webapp.models._columns import IntKey, table_of
from webapp.models.channel import Channel
from webapp.models.policy import Policy


class Subscriber(db.Model):
    """One endpoint. ``settings`` and ``secrets`` (encrypted) are those of the kind ``webhook``.

    ``version`` counts their changes. With an ``owner_id``, it is not told what is posted on channels, but what becomes
    of that user's posts. While it is not ``active``, its deliveries wait; ``off_why`` is ``person``, ``gone`` (the
    endpoint said so) or ``failing`` (nothing but failures for days). A row stays when its subscriber is removed:
    deliveries refer to it.
    """

    __tablename__ = "subscriber"

    id: Mapped[IntKey]
    name: Mapped[str] = mapped_column(String(50), unique=True)
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    off_why: Mapped[str | None] = mapped_column(String(10))
    off_at: Mapped[datetime | None]
    off_by: Mapped[str | None] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    policy: Mapped[Policy] = relationship()
    health: Mapped["SubscriberHealth"] = relationship(back_populates="subscriber", lazy="joined")


class SubscriberFilter(db.Model):
    """One group of filters on a channel: groups are alternatives, the keys inside one must all match."""

    __tablename__ = "subscriber_filter"

    id: Mapped[IntKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), index=True)
    filters: Mapped[dict[str, Any]]


class SubscriberHealth(db.Model):
    """How an endpoint fares, apart from its configuration since every lot writes it; and its last callback check.

    ``failing_since`` is the time of the first failure since the last success. ``check_steps`` are what the check asked
    and heard, ``check_passed`` whether that is as it should be, ``waived`` why an administrator goes on without.
    """

    __tablename__ = "subscriber_health"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    streak: Mapped[int] = mapped_column(default=0)
    checked_at: Mapped[datetime | None]
    check_passed: Mapped[bool | None]
    check_steps: Mapped[list[Any] | None]
    waived: Mapped[str | None] = mapped_column(String(LONGEST_WHY))
    subscriber: Mapped[Subscriber] = relationship(back_populates="health")


class Asked(NamedTuple):
    """One group of filters, its subscriber's id, and the policy of that."""

    subscriber_id: int
    filters: Mapping[str, str]
    policy: RetryPolicy


# Every post asks this: built once, and over tables instead of ORM objects.
_subscriber, _filter, _policy = table_of(Subscriber), table_of(SubscriberFilter), table_of(Policy)
_ASKING = (
    select(_filter.c.subscriber_id, _filter.c.filters, *policies.columns())
    .join(_subscriber, _subscriber.c.id == _filter.c.subscriber_id)
    .join(_policy, _policy.c.id == _subscriber.c.policy_id)
    .where(_filter.c.channel_id == bindparam("channel"), _subscriber.c.removed_at.is_(None))
    .order_by(_filter.c.subscriber_id, _filter.c.id)
)
_ASKING_LOCKED = _ASKING.with_for_update(read=True, key_share=True, of=_subscriber)


def asking(session: Session, channel_id: int, *, lock: bool = False) -> list[Asked]:
    """All groups of filters on a channel, ordered by subscriber. With ``lock``, none of these subscribers can be
    removed before this transaction ends."""
    groups = _ASKING_LOCKED if lock else _ASKING
    rows = session.connection().execute(groups, {"channel": channel_id})
    return [Asked(row.subscriber_id, row.filters, policies.word_in(row)) for row in rows]


# --- looking ------------------------------------------------------------------------------------------------------

_WHOLE = select(Subscriber).options(joinedload(Subscriber.policy)).where(Subscriber.removed_at.is_(None))


def listed(session: Session, *, lock: bool = False) -> Sequence[Subscriber]:
    """Every subscriber that has not been removed, in the order of their names; with ``lock``, locked for this
    transaction."""
    wanted = _WHOLE.order_by(Subscriber.name)
    return session.scalars(wanted.with_for_update(of=Subscriber) if lock else wanted).all()


def named(session: Session, name: str, *, lock: bool = False) -> Subscriber | None:
    """The subscriber of that name, if it has not been removed; with ``lock``, locked for this transaction. A name with
    characters that no database can store is nobody's."""
    if not name.isprintable():
        return None
    wanted = _WHOLE.where(Subscriber.name == name)
    return session.scalar(wanted.with_for_update(of=Subscriber) if lock else wanted)


def groups(session: Session, subscriber_id: int | None = None) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """The groups of filters by subscriber and channel name, in the order in which they were given; of all subscribers,
    or of one."""
    wanted = select(SubscriberFilter.subscriber_id, Channel.name, SubscriberFilter.filters).join(
        Channel, Channel.id == SubscriberFilter.channel_id
    )
    if subscriber_id is not None:
        wanted = wanted.where(SubscriberFilter.subscriber_id == subscriber_id)
    found: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for one in session.execute(wanted.order_by(Channel.name, SubscriberFilter.id)):
        found.setdefault(one.subscriber_id, {}).setdefault(one.name, []).append(dict(one.filters))
    return found


def on_channel(session: Session, channel_id: int) -> list[tuple[str, Mapping[str, str]]]:
    """The groups of filters on a channel, each with its subscriber's name."""
    wanted = (
        select(Subscriber.name, SubscriberFilter.filters)
        .join(Subscriber, Subscriber.id == SubscriberFilter.subscriber_id)
        .where(SubscriberFilter.channel_id == channel_id, Subscriber.removed_at.is_(None))
        .order_by(Subscriber.name, SubscriberFilter.id)
    )
    return [(name, filters) for name, filters in session.execute(wanted)]


def count_by_channel(session: Session) -> dict[int, int]:
    """How many subscribers each channel has."""
    number = func.count(SubscriberFilter.subscriber_id.distinct())
    wanted = select(SubscriberFilter.channel_id, number).group_by(SubscriberFilter.channel_id)
    return {channel_id: count for channel_id, count in session.execute(wanted)}  # noqa: C416 - no mapping


# --- changing -----------------------------------------------------------------------------------------------------


def add(
    session: Session,
    *,
    name: str,
    settings: Mapping[str, Any],
    secrets: str,
    policy: Policy,
    active: bool,
    owner_id: int | None,
    now: datetime,
) -> Subscriber:
    """A new subscriber, without filters. Raises IntegrityError where its name is taken, or its owner has one
    already."""
    made = Subscriber(
        name=name,
        settings=dict(settings),
        secrets=secrets,
        policy=policy,
        active=active,
        owner_id=owner_id,
        created_at=now,
        changed_at=now,
        health=SubscriberHealth(streak=0),
    )
    session.add(made)
    session.flush()
    return made


def change(
    session: Session, row: Subscriber, *, settings: Mapping[str, Any], secrets: str, policy: Policy, now: datetime
) -> None:
    """Change it, and count its version up. What is retrying keeps the due time that it was given."""
    row.settings, row.secrets, row.policy, row.changed_at = dict(settings), secrets, policy, now
    row.version += 1
    session.flush()


def put_groups(session: Session, row: Subscriber, wanted: Mapping[int, Sequence[Mapping[str, str]]]) -> None:
    """Replace its filters by ``wanted``: groups in their order, by channel id."""
    session.execute(delete(SubscriberFilter).where(SubscriberFilter.subscriber_id == row.id))
    session.add_all(
        SubscriberFilter(subscriber_id=row.id, channel_id=channel_id, filters=dict(group))
        for channel_id, groups in wanted.items()
        for group in groups
    )
    session.flush()


def switch_on(session: Session, row: Subscriber) -> None:
    """Send to it from now on; its earlier failures no longer count."""
    row.active, row.off_why, row.off_at, row.off_by = True, None, None, None
    session.flush()
    forgive(session, row)


def switch_off(session: Session, row: Subscriber, *, why: str, now: datetime, by: str) -> None:
    """Hold its deliveries from now on; what is in flight finishes."""
    row.active, row.off_why, row.off_at, row.off_by = False, why, now, by
    session.flush()


def forgive(session: Session, row: Subscriber) -> None:
    """Reset its failures. All columns are written, whatever was read before: a lot may have been written meanwhile."""
    blank = update(SubscriberHealth).where(SubscriberHealth.subscriber_id == row.id)
    session.execute(blank.values(failing_since=None, streak=0))


def note_check(
    session: Session,
    row: Subscriber,
    *,
    at: datetime | None,
    passed: bool | None,
    steps: Sequence[Any] | None,
    waived: str | None,
) -> None:
    """Write what the last callback check found; all None where its present settings were not checked."""
    health = update(SubscriberHealth).where(SubscriberHealth.subscriber_id == row.id)
    told = None if steps is None else list(steps)
    session.execute(health.values(checked_at=at, check_passed=passed, check_steps=told, waived=waived))
    session.expire(row.health)


def reseal(session: Session, row: Subscriber, secrets: str) -> None:
    """The same secrets under another key: nothing about it has changed."""
    row.secrets = secrets
    session.flush()


def remove(session: Session, row: Subscriber, *, now: datetime) -> None:
    """It gets nothing more and is no longer listed, its secrets are deleted, its name and its owner are free; its
    deliveries still refer to it."""
    mark = f" (removed {row.id})"
    put_groups(session, row, {})
    row.name = row.name[: 50 - len(mark)] + mark
    row.active, row.owner_id, row.secrets, row.removed_at = False, None, "", now
    session.flush()


def forget_policy(session: Session, policy: Policy, *, instead: Policy) -> None:
    """Give removed subscribers with that policy another one ``instead``. It counts as a change of each: their
    deliveries were tried by another policy than the one they name from now on."""
    theirs = update(Subscriber).where(Subscriber.policy_id == policy.id, Subscriber.removed_at.is_not(None))
    session.execute(theirs.values(policy_id=instead.id, version=Subscriber.version + 1))
