"""Subscribers put into the database of a world, whatever the screens would say to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from tests.support.world import World
from webapp.database import writing
from webapp.models.channel import Channel
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber, SubscriberFilter, SubscriberHealth

URL = "https://archive.example/hook"


def subscribe(
    world: World,
    name: str = "archive",
    *groups: dict[str, str],
    channel: str | None = "team.news",
    policy: str = "open-notificaties",
    **columns: Any,
) -> int:
    """An endpoint that wants everything on a channel, or what these groups let through. Gives its id."""
    now: datetime = world.clock.now()
    usual: dict[str, Any] = {"settings": {"url": URL, "auth": "none"}, "secrets": "", "version": 1}
    with writing(world.session) as session:
        policy_id = session.scalars(select(Policy.id).where(Policy.name == policy)).one()
        moments = {"created_at": now, "changed_at": now}
        made = Subscriber(name=name, policy_id=policy_id, health=SubscriberHealth(), **usual | moments | columns)
        session.add(made)
        session.flush()
        if channel:
            channel_id = session.scalars(select(Channel.id).where(Channel.name == channel)).one()
            wanted = groups or ({},)
            session.add_all(
                SubscriberFilter(subscriber_id=made.id, channel_id=channel_id, filters=one) for one in wanted
            )
        return made.id
