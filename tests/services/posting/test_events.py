"""Events of other systems: each posted once; the API's tests say what becomes of which."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.domain.cloud_event import CloudEvent
from webapp.domain.event_rule import EventRule
from webapp.domain.refusal import InFlight, NoMapping, Refused
from webapp.models.message import Message
from webapp.services.people import accounts
from webapp.services.posting import events, mappings

EVENT = CloudEvent(id="1", source="/shop", type="paid", data="Look.")


@pytest.fixture
def publish(world, app):
    me = accounts.get(username="edith")

    def run(event=EVENT):
        with app.app_context():
            return events.publish(event=event, user_id=me.id, username="edith", now=world.clock.now())

    return run


def test_many_at_once_are_posted_once(world, publish):
    mappings.add(rule=EventRule(channel="team.news", recipients=("emil",)), by="ada", now=world.clock.now())

    def one(_):
        try:
            return publish().id
        except InFlight:
            return None

    with ThreadPoolExecutor(8) as together:
        ids = set(together.map(one, range(16)))
    assert len(ids - {None}) == world.count(Message) == 1


def test_without_a_mapping_it_is_refused(publish):
    with pytest.raises(NoMapping):
        publish()


def test_who_may_not_post_there_may_not_publish_there(world, publish):
    world.channel("team.closed", posters=[])
    mappings.add(rule=EventRule(channel="team.closed"), by="ada", now=world.clock.now())
    with pytest.raises(Refused) as caught:
        publish()
    assert list(caught.value.problems) == ["channel"]
