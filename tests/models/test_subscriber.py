"""Subscribers' tables: an endpoint, its filters on channels, and that filters go with their endpoint."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from webapp.database import writing
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber, SubscriberFilter, SubscriberHealth

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GROUPS = [{"source": 1, "kind": "*"}, {"source": "one"}]


@pytest.fixture
def subscribed(world):
    """One endpoint with two groups of filters on ``team.news``."""
    channel_id = world.channel("team.other")
    with writing(world.session) as session:
        policy = session.scalars(select(Policy.id).where(Policy.name == "open-notificaties")).one()
        made = Subscriber(
            name="the archive",
            settings={"url": "https://example.com/hook"},
            secrets="sealed",
            policy_id=policy,
            created_at=NOW,
            changed_at=NOW,
            health=SubscriberHealth(),
        )
        session.add(made)
        session.flush()
        session.add_all(SubscriberFilter(subscriber_id=made.id, channel_id=channel_id, filters=it) for it in GROUPS)
        return made.id


def test_an_endpoint_is_active_unless_told_otherwise(world, subscribed):
    row = world.session.get(Subscriber, subscribed)
    assert (row.active, row.version, row.secrets, row.health.streak) == (True, 1, "sealed", 0)


def test_groups_of_filters_come_back_as_they_were(world, subscribed):
    kept = world.session.scalars(select(SubscriberFilter.filters).order_by(SubscriberFilter.id))
    assert kept.all() == GROUPS


def test_filters_go_with_their_endpoint(world, subscribed):
    world.execute(delete(Subscriber).where(Subscriber.id == subscribed))
    assert (world.count(SubscriberFilter), world.count(SubscriberHealth)) == (0, 0)


@pytest.mark.parametrize("wrong", [{"subscriber_id": 999}, {"channel_id": 999}])
def test_a_filter_is_of_an_endpoint_and_a_channel_that_exist(world, subscribed, wrong):
    with writing(world.session) as session:
        channel_id = session.scalars(select(SubscriberFilter.channel_id)).first()
    with pytest.raises(IntegrityError), writing(world.session) as session:
        session.add(SubscriberFilter(**{"subscriber_id": subscribed, "channel_id": channel_id, "filters": {}} | wrong))
