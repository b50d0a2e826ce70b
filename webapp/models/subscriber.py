"""Subscribers: HTTP endpoints that are told what is posted on channels, each through its own filters."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from webapp.domain.endpoint import Fares, Off
from webapp.extensions import db
from webapp.models._columns import IntKey, table_of


class Subscriber(db.Model):
    """One endpoint. ``settings`` and ``secrets``, which are encrypted, are those of the kind ``webhook``.

    ``version`` counts their changes. ``owner_id``: it is not told what is posted on channels but what became of what
    that user has posted. Where it is not ``active``, what is for it waits; ``off_why`` is ``person``, ``gone`` (the
    endpoint said so) or ``failing`` (nothing but failures for days). A row stays when its subscriber is removed:
    deliveries name it.
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
    health: Mapped["SubscriberHealth"] = relationship(back_populates="subscriber", lazy="joined")


class SubscriberFilter(db.Model):
    """One group of filters on a channel: groups are alternatives, the keys inside one must all match."""

    __tablename__ = "subscriber_filter"

    id: Mapped[IntKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), index=True)
    filters: Mapped[dict[str, Any]]


class SubscriberHealth(db.Model):
    """How an endpoint fares: written with every lot, so apart from its configuration; and its last callback check.

    ``failing_since`` is when the first of the failures was that no success has ended. ``check_steps`` are what the
    check asked and heard, ``check_passed`` whether that is as it should be, ``waived`` why an administrator goes on
    without.
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
    waived: Mapped[str | None] = mapped_column(String(500))
    subscriber: Mapped[Subscriber] = relationship(back_populates="health")


_subscriber, _health = table_of(Subscriber), table_of(SubscriberHealth)


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscriber as a try is judged by: in which version its settings are, and how its endpoint fares."""

    id: int
    name: str
    version: int
    active: bool
    fares: Fares


def standing(session: Session, ids: Collection[int]) -> list[Standing]:
    """How these stand, those that were not removed; nobody else changes them until this transaction ends. In the order
    of their ids: two processes that met them in other orders would wait for each other for ever."""
    columns = [_subscriber.c[name] for name in ("id", "name", "version", "active")]
    joined = select(*columns, _health.c.streak, _health.c.failing_since).join_from(_subscriber, _health)
    wanted = joined.where(_subscriber.c.id.in_(ids), _subscriber.c.removed_at.is_(None)).order_by(_subscriber.c.id)
    rows = session.execute(wanted.with_for_update(key_share=True))
    return [Standing(row.id, row.name, row.version, row.active, Fares(row.streak, row.failing_since)) for row in rows]


def note_health(
    session: Session,
    *,
    subscriber_id: int,
    fares: Fares,
    success_at: datetime | None,
    error: str | None,
    error_at: datetime | None,
) -> None:
    """Write down how an endpoint fares, and its last success and error where there were any."""
    values: dict[str, Any] = {"streak": fares.streak, "failing_since": fares.failing_since}
    values |= {"last_success_at": success_at} if success_at else {}
    values |= {"last_error": error, "last_error_at": error_at} if error_at else {}
    session.execute(update(_health).where(_health.c.subscriber_id == subscriber_id).values(values))


def switch_off(session: Session, *, subscriber_id: int, why: Off, now: datetime, by: str | None = None) -> bool:
    """Send a subscriber nothing more; gives whether it was switched on. ``by`` is the person, where it was one. What
    waits for it is to be held in the same transaction (``holding.strand_subscriber``)."""
    on = _subscriber.c.id == subscriber_id, _subscriber.c.active, _subscriber.c.removed_at.is_(None)
    off = {"active": False, "off_why": why.value, "off_at": now, "off_by": by}
    return session.execute(update(_subscriber).where(*on).values(off).returning(_subscriber.c.id)).first() is not None


def switch_on(session: Session, *, subscriber_id: int) -> bool:
    """Send to a subscriber again; gives whether it was switched off. Its endpoint begins anew: what it failed before is
    nothing to switch it off for. What waits for it is to be released in the same transaction
    (``holding.release_subscriber``)."""
    off = _subscriber.c.id == subscriber_id, _subscriber.c.active.is_(False), _subscriber.c.removed_at.is_(None)
    on = {"active": True, "off_why": None, "off_at": None, "off_by": None}
    if session.execute(update(_subscriber).where(*off).values(on).returning(_subscriber.c.id)).first() is None:
        return False
    anew = update(_health).where(_health.c.subscriber_id == subscriber_id)
    session.execute(anew.values(streak=0, failing_since=None))
    return True
