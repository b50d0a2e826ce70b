"""Events of other systems: each posted once; the API's tests say what becomes of which."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.subscribers import subscriber
from webapp.domain.cloud_event import CloudEvent
from webapp.domain.event_rule import EventRule
from webapp.domain.refusal import InFlight, NoMapping, Refused
from webapp.models import forgetting
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


@pytest.mark.parametrize(("recipients", "counted"), [(("role:operator",), 0), (("role:operator", "emil"), 1)])
def test_a_role_that_nobody_has_refuses_nothing(world, publish, recipients, counted):
    subscriber(world)
    rule = EventRule(channel="team.news", recipients=recipients)
    view = mappings.add(rule=rule, by="ada", now=world.clock.now())
    posted = publish()
    assert (posted.recipients, posted.deliveries) == (counted, counted + 1)
    assert mappings.for_nobody([view]) == (frozenset() if counted else {view.id})


@pytest.mark.parametrize(("others", "counted"), [((), 0), (("emil",), 1), (("role:operator", "emil"), 1)])
def test_who_was_removed_hides_no_event_from_the_others(world, publish, others, counted):
    subscriber(world)
    gone = world.person("gone")
    rule = EventRule(channel="team.news", recipients=("gone", *others))
    view = mappings.add(rule=rule, by="ada", now=world.clock.now())
    forgetting.delete_people(world.session, [gone])
    world.session.commit()
    posted = publish()
    assert (posted.recipients, posted.deliveries) == (counted, counted + 1)
    assert mappings.for_nobody([view]) == (frozenset() if counted else {view.id})


def test_who_may_not_post_there_may_not_publish_there(world, publish):
    world.channel("team.closed", posters=[])
    mappings.add(rule=EventRule(channel="team.closed"), by="ada", now=world.clock.now())
    with pytest.raises(Refused) as caught:
        publish()
    assert list(caught.value.problems) == ["channel"]
