"""Subscribers in a test's world, and what is queued for them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.world import World
from webapp.database import writing
from webapp.models import arrows
from webapp.models._columns import table_of
from webapp.models._ids import new_id
from webapp.models.channel import Channel
from webapp.models.message import add_post
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber, SubscriberFilter, SubscriberHealth
from webapp.models.user import User
from webapp.providers._signing import make_key
from webapp.runtime import runtime

Filters = dict[str, dict[str, Any]]
MONTH = timedelta(days=30)


def subscriber(
    world: World,
    url: str = "https://archive.example.com/hook",
    *,
    name: str = "archive",
    policy: str = "open-notificaties",
    filters: Filters | None = None,
    secrets: dict[str, str] | None = None,
    off: str | None = None,
    owner: str | None = None,
    **settings: Any,
) -> int:
    """Add a subscriber, switched on, or ``off`` for that reason. It gets everything on ``team.news``, unless
    ``filters`` name other channels, each with a group of filters. Returns its id."""
    now, usual = world.clock.now(), {"url": url, "auth": "none", "body": "plain", "timeout": 25, "at_once": 4}
    sealed = runtime().vault.seal({"signing_key": make_key(), **(secrets or {})})
    with writing(world.session) as session:
        made = Subscriber(
            name=name, settings=usual | settings, secrets=sealed, created_at=now, changed_at=now,
            policy_id=session.scalars(select(Policy.id).where(Policy.name == policy)).one(),
            owner_id=session.scalar(select(User.id).where(User.username == owner)) if owner else None,
            active=off is None, off_why=off, off_at=now if off else None, off_by="ada" if off else None,
            health=SubscriberHealth(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        for channel, group in ({"team.news": {}} if filters is None else filters).items():
            channel_id = session.scalars(select(Channel.id).where(Channel.name == channel)).one()
            session.add(SubscriberFilter(subscriber_id=made.id, channel_id=channel_id, filters=group))
        return made.id


def queued_for(
    world: World, *subscriber_ids: int, channel: str = "team.news", count: int = 1, **message: Any
) -> list[str]:
    """Add so many messages from Edith for these subscribers alone, with a due delivery for each; returns the
    deliveries' ids."""
    now = world.clock.now()
    with writing(world.session) as session:
        rows: list[dict[str, Any]] = []
        for _ in range(count):
            row = _message(session, channel, now) | {"counted": {"inbox": 0, "webhook": len(subscriber_ids)}} | message
            add_post(session, row, [], None)
            rows += [_delivery(session, row, id_) for id_ in subscriber_ids]
        arrows.queue(session, rows, now=now, by="edith")
    return [row["id"] for row in rows]


def _message(session: Session, channel: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(now), "channel_id": session.scalars(select(Channel.id).where(Channel.name == channel)).one(),
        "type": "notification", "subject": "Lunch", "body": "At *noon*.", "link": None, "attributes": {},
        "sender_id": session.scalars(select(User.id).where(User.username == "edith")).one(), "system_sender": None,
        "created_at": now, "visible_at": now, "expires_at": now + MONTH,
    }  # fmt: skip


def _delivery(session: Session, message: dict[str, Any], subscriber_id: int) -> dict[str, Any]:
    its = session.scalars(select(Policy).join(Subscriber).where(Subscriber.id == subscriber_id)).one()
    return {
        "id": new_id(message["created_at"]), "message_id": message["id"], "subscriber_id": subscriber_id,
        "user_id": None, "notification_id": None, "channel_id": message["channel_id"], "medium": "webhook",
        "generation": 1, "failures": 0, "retries_left": its.as_word().attempts_for(message["type"]), "crashes": 0,
        "raises": 0, "due_at": message["visible_at"], "expires_at": message["expires_at"],
    }  # fmt: skip


def subscriber_row(world: World, subscriber_id: int) -> Any:
    """The subscriber's columns, with those of its health."""
    health = table_of(SubscriberHealth)
    wanted = select(table_of(Subscriber), *(column for column in health.c if column.name != "subscriber_id"))
    joined = wanted.join_from(Subscriber, health, health.c.subscriber_id == Subscriber.id)
    [row] = world._all(joined.where(Subscriber.id == subscriber_id))
    return row
