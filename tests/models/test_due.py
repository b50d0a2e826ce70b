"""What is due now is told after the commit, by whoever made it so, and not if that comes to nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.job import Job
from webapp.domain.reason import Reason
from webapp.models import by_hand, holding
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery


@pytest.fixture
def hearing():
    """The jobs of which it was said that they have something to do."""
    heard = []

    def hear(_sender, *, job, **_more):
        heard.append(job)

    signals.due.connect(hear)
    yield heard
    signals.due.disconnect(hear)


def test_a_post_is_told_where_its_channel_sends_at_once_and_it_is_due(world, hearing):
    world.post()
    assert hearing == [], "its channel waits for the next look"
    world.execute(update(Channel).values(immediate=True))
    world.post(at=world.clock.now() + timedelta(hours=1))
    assert hearing == []
    world.post()
    assert hearing == [Job.DISPATCHER]


def test_what_people_take_up_anew_is_told(world, hearing):
    world.post()
    now, id_ = world.clock.now(), world.row.id
    for state, act, job in (
        ("cancelled", lambda session: by_hand.send_again(session, by_hand.look(session, [id_]), now=now, by="o"), 0),
        ("retrying", lambda session: by_hand.retry_now(session, [id_], now=now, by="o"), 1),
    ):
        world.execute(update(Delivery).values(state=state))
        with writing(world.session) as session:
            assert act(session) == [id_]
            assert len(hearing) == job, "not before the commit"
    assert hearing == [Job.DISPATCHER, Job.RESENDER]


def test_what_is_let_go_is_told_once_and_nothing_is_of_what_was_not(world, hearing):
    world.post("emil", "edith")
    world.execute(update(Delivery).values(state="held", reason="NO_PROVIDER"))

    def release(session):
        return holding.release(session, medium="email", reason=Reason.NO_PROVIDER, now=world.clock.now(), by="ada")

    with pytest.raises(ZeroDivisionError), writing(world.session) as session:
        _raise_after(release(session))
    with writing(world.session) as session:
        assert (release(session), release(session)) == (2, 0)
    with writing(world.session) as session:
        assert release(session) == 0
    assert hearing == [Job.DISPATCHER]


def _raise_after(released):
    raise ZeroDivisionError(released)
