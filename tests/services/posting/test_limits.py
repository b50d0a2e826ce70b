"""Limits: so many posts a minute, and so many people an hour, in one name; and what is refused costs nothing."""

import pytest

from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import KeyReused, Refused, Throttled
from webapp.models.message import Message
from webapp.services.posting import notifier
from webapp.services.posting.limits import Limits


@pytest.fixture
def post(world):
    def run(*to, limits, sender="edith", key=None, **words):
        message = NotificationMessage(channel="team.news", subject="S", body="B", recipients=to or ("emil",), **words)
        return notifier.post(message=message, sender=sender, now=world.clock.now(), key=key, limits=limits)

    return run


def test_so_many_a_minute(world, post):
    limits = Limits(posts_per_minute=2)
    post(limits=limits)
    world.clock.advance(20)
    post(limits=limits)
    with pytest.raises(Throttled) as caught:
        post(limits=limits)
    assert caught.value.problems == {
        "posts": "At most 2 messages may be posted in one minute in one name. "
        "0 of them are left; there are more in 40 seconds."
    }
    assert (caught.value.retry_after, world.count(Message)) == (40, 2)
    post(limits=limits, sender="emil")
    world.clock.advance(40)
    post(limits=limits)


def test_so_many_people_an_hour(world, post):
    world.crowd(3)
    limits = Limits(recipients_per_hour=4)
    post("p00000", "p00001", "p00002", limits=limits)
    with pytest.raises(Throttled) as caught:
        post("emil", "edith", limits=limits)
    assert (list(caught.value.problems), caught.value.retry_after) == (["recipients"], 3600)
    post("emil", limits=limits)
    assert world.count(Message) == 2


def test_what_the_second_limit_refuses_does_not_count_for_the_first(world, post):
    limits = Limits(posts_per_minute=2, recipients_per_hour=1)
    post(limits=limits)
    for _ in range(3):
        with pytest.raises(Throttled) as caught:
            post(limits=limits)
        assert list(caught.value.problems) == ["recipients"]


def test_more_people_than_there_ever_are_at_once(post):
    with pytest.raises(Refused) as caught:
        post("emil", "edith", limits=Limits(recipients_per_hour=1))
    assert caught.value.status == 422


def test_a_replay_costs_nothing(post):
    limits = Limits(posts_per_minute=1)
    posted = post(limits=limits, key="k")
    assert post(limits=limits, key="k") == posted
    with pytest.raises(KeyReused):
        post(limits=limits, key="k", type="other")


def test_a_post_for_subscribers_only_is_for_nobody(world, post):
    posted = post(limits=Limits(recipients_per_hour=1))
    message = NotificationMessage(channel="team.news", subject="S", body="B", subscribers_only=True)
    limits = Limits(posts_per_minute=9, recipients_per_hour=1)
    assert notifier.post(message=message, sender="edith", now=world.clock.now(), limits=limits).id > posted.id
