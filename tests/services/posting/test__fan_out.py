"""Which subscribers are told of a post: each that matches, once, in the post's own transaction."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from tests.support.subscribers import subscriber
from tests.support.world import elapsed
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.message import Message, UserNotification
from webapp.models.subscriber import Subscriber, SubscriberFilter
from webapp.services.posting import counting, notifier

DAY = 86400


def subscribe(world, name="archive", *groups, channel="team.news", **told) -> int:
    """One that wants everything on a channel, or what any of these groups lets through. Gives its id."""
    id = subscriber(world, name=name, filters={}, **told)
    for group in (groups or ({},)) if channel else ():
        stream = select(Channel.id).where(Channel.name == channel).scalar_subquery()
        world.execute(insert(SubscriberFilter).values(subscriber_id=id, channel_id=stream, filters=group))
    return id


def remove(world, id):
    world.execute(update(Subscriber).where(Subscriber.id == id).values(removed_at=world.clock.now()))


@pytest.fixture
def told(world):
    """Whose deliveries there are."""

    joined = select(Subscriber.name).join(Delivery, Delivery.subscriber_id == Subscriber.id).order_by(Subscriber.name)
    return lambda: list(world.session.scalars(joined))


def test_one_delivery_for_each_that_wants_it(world, told):
    world.channel("team.other")
    subscribe(world, "all")
    subscribe(world, "mine", {"source": "1", "type": "alarm", "level": "*"})
    subscribe(world, "twice", {"source": "1"}, {"type": "alarm"})
    subscribe(world, "either", {"source": "2"}, {"messageType": "late"})
    subscribe(world, "not this", {"source": "13"})
    subscribe(world, "nothing", channel=None)
    subscribe(world, "elsewhere", channel="team.other")
    posted = world.post("emil", "edith", type="alarm", attributes={"source": "1", "message_type": "soon"})
    assert told() == ["all", "mine", "twice"]
    assert (posted.recipients, posted.deliveries) == (2, 5)
    assert world.session.get(Message, posted.id).counted == {"inbox": 2, "email": 2, "webhook": 3}


def test_a_delivery_is_the_subscribers_alone(world):
    id = subscribe(world)
    now = world.clock.now()
    posted = world.post("emil")
    [row] = world.rows(medium="webhook")
    assert (row.message_id, row.subscriber_id, row.user_id, row.notification_id) == (posted.id, id, None, None)
    assert (row.state, row.retries_left, row.generation, row.due_at) == ("queued", 8, 1, now)
    assert elapsed(now, row.expires_at) == 30 * DAY
    assert [(move.was, move.became, move.by) for move in world.ledger(row.id)] == [(None, "queued", "edith")]


def test_its_own_policy_counts_and_not_the_channels(world):
    world.channel("team.calls", policy="zitadel")
    subscribe(world, "patient", channel="team.calls", policy="kazoo")
    subscribe(world, "hasty", channel="team.calls", policy="zitadel")
    world.post("emil", channel="team.calls", type="voicemail_new")
    lives = {row.retries_left: elapsed(world.clock.now(), row.expires_at) for row in world.rows(medium="webhook")}
    assert lives == {5: 30 * DAY, 3: 300}


@pytest.mark.parametrize(
    ("channel_ttl_s", "post_ttl_s", "lives_s"), [(None, None, 300), (7200, None, 7200), (7200, 60, 60), (None, 60, 60)]
)
def test_how_long_it_lives(world, channel_ttl_s, post_ttl_s, lives_s):
    world.execute(update(Channel).values(ttl_s=channel_ttl_s))
    subscribe(world, policy="zitadel")
    world.post("emil", ttl_s=post_ttl_s)
    [row] = world.rows(medium="webhook")
    assert elapsed(world.clock.now(), row.expires_at) == lives_s


def test_it_leaves_when_the_channel_does(world):
    world.channel("team.slow", every_s=3600)
    subscribe(world, channel="team.slow")
    at = world.clock.now() + timedelta(hours=5, minutes=1)
    world.post("emil", channel="team.slow", at=at)
    mail, hook = world.rows()
    assert hook.due_at == mail.due_at > at


@pytest.mark.parametrize(("channel_ttl_s", "lives_s"), [(None, 300), (7200, 6900)])
def test_a_policy_s_time_to_live_begins_when_the_channel_leaves(world, channel_ttl_s, lives_s):
    world.channel("team.slow", every_s=3600, ttl_s=channel_ttl_s)
    subscribe(world, channel="team.slow", policy="zitadel")
    world.post("emil", channel="team.slow", at=world.clock.now() + timedelta(minutes=55))
    [row] = world.rows(medium="webhook")
    assert elapsed(row.due_at, row.expires_at) == lives_s


def test_one_that_is_switched_off_is_told_later_and_one_that_is_removed_never(world, told):
    subscribe(world, "off", off="person")
    remove(world, subscribe(world, "gone"))
    world.post("emil")
    assert told() == ["off"]


def test_an_answer_under_a_key_counts_them_again(world):
    subscribe(world)
    first = world.post("emil", key="1")
    assert world.post("emil", key="1") == first
    assert (first.deliveries, world.count(Delivery)) == (2, 2)


def test_however_many_there_are_they_cost_a_post_two_statements(world, statements):
    names = world.crowd(50)

    def asked(**more):
        with statements() as found:
            world.post(*names, **more)
        return len(found)

    world.post("emil")
    without = asked()
    for number in range(20):
        subscribe(world, f"s{number}", {"source": "1"})
    world.post("emil")
    assert asked(attributes={"source": "2"}) == without
    assert asked(attributes={"source": "1"}) <= without + 2  # their deliveries, and their lines in the ledger


# --- for subscribers alone --------------------------------------------------------------------------------------------


def post_for_subscribers(world, **more):
    made = NotificationMessage(channel="team.news", subject="Lunch", body="Now.", subscribers_only=True, **more)
    return notifier.post(message=made, sender="edith", now=world.clock.now())


def test_a_message_may_be_for_subscribers_only(world, told):
    subscribe(world)
    posted = post_for_subscribers(world)
    assert (posted.recipients, posted.deliveries, told()) == (0, 1, ["archive"])
    assert [world.count(table) for table in (Message, UserNotification, Move)] == [1, 0, 1]
    assert world.session.get(Message, posted.id).counted == {"inbox": 0, "email": 0, "webhook": 1}


def test_that_nobody_wants_is_posted_all_the_same(world):
    subscribe(world, "picky", {"source": "1"})
    posted = post_for_subscribers(world, attributes={"source": "2"})
    assert (posted.recipients, posted.deliveries, world.count(Delivery)) == (0, 0, 0)
    assert world.count(Message) == 1


@pytest.mark.parametrize("people", [{"recipients": ("emil",)}, {"roles": ("editor",)}])
def test_it_then_names_nobody(world, people):
    with pytest.raises(Refused) as caught:
        post_for_subscribers(world, **people)
    assert caught.value.problems == {"recipients": "It is for subscribers only: name nobody."}


# --- who is told what became of it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [None, "gone"])
def test_a_poster_who_has_subscribed_to_what_becomes_of_it(world, told, off):
    mine = subscribe(world, "mine", owner="edith", channel=None, off=off)
    subscribe(world, "others")
    assert world.session.get(Message, world.post("emil").id).states_to == mine
    assert told() == ["others"]
    assert world.session.get(Message, world.post("emil", sender="emil").id).states_to is None


def test_one_that_is_removed_is_told_nothing(world):
    remove(world, subscribe(world, owner="edith", channel=None))
    assert world.session.get(Message, world.post("emil").id).states_to is None


def test_belfry_itself_is_told_nothing(world):
    made = NotificationMessage(channel="team.news", subject="Lunch", body="Now.", recipients=("emil",))
    posted = notifier.post_as_system(message=made, system="Belfry", now=world.clock.now())
    assert world.session.get(Message, posted.id).states_to is None


# --- beforehand -------------------------------------------------------------------------------------------------------


def test_the_count_before_a_post_has_them(world):
    subscribe(world, "all")
    subscribe(world, "mine", {"type": "alarm"})
    for type_, expected in (("message", 1), ("alarm", 2)):
        made = NotificationMessage(channel="team.news", subject="", body="", recipients=("emil",), type=type_)
        assert counting.count(message=made, sender_id=None, now=world.clock.now()).subscribers == expected
    assert (world.count(Message), world.count(Delivery)) == (0, 0)
