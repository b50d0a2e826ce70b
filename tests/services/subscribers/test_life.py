"""The life of a subscriber: off and on again, removed; and what becomes of what waits for it."""

import pytest
from sqlalchemy import select, update

from tests.services.subscribers.conftest import PASSED
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models.subscriber import Subscriber, SubscriberFilter, SubscriberHealth
from webapp.services.subscribers import life
from webapp.services.subscribers.checks import CheckFailed


@pytest.fixture
def on(save, web):
    """One that is switched on, and told of something that waits; gives it as it is shown."""
    return save(url=web([*PASSED, *PASSED]).url(), active=True).subscriber


@pytest.fixture
def waits(on, world):
    world.post("emil")
    world.post("emil")
    return on


@pytest.fixture
def off(signed):
    return lambda **options: life.switch_off(name="archive", **signed, **options)


def states(world):
    return sorted((row.state, row.reason) for row in world.rows(medium="webhook"))


def test_what_waits_is_held_and_goes_out_when_it_is_on_again(waits, world, off, at_bench, told):
    assert off(why="It moves.").held == 2
    assert states(world) == [("held", "SUBSCRIBER_OFF")] * 2
    made = life.switch_on(name="archive", **at_bench)
    assert (made.released, made.subscriber.active, made.subscriber.off_why) == (2, True, None)
    assert states(world) == [("queued", None)] * 2
    assert [what for what, _who, _why in told()] == [
        "subscriber added", "subscriber switched off", "subscriber switched on",
    ]  # fmt: skip
    assert told()[1] == ("subscriber switched off", "ada", "It moves.")


def test_or_it_is_cancelled(waits, world, off):
    assert off(then="cancel").cancelled == 2
    assert states(world) == [("cancelled", "CANCELLED_BY_PERSON")] * 2


def test_what_is_posted_meanwhile_waits(on, world, off, at_bench):
    off()
    world.post("emil")
    world.dispatch()
    assert states(world) == [("held", "SUBSCRIBER_OFF")]
    assert life.switch_on(name="archive", **at_bench).released == 1


@pytest.mark.parametrize(("then", "words"), [("burn", "One of hold, cancel"), ("", "One of hold, cancel")])
def test_there_are_two_fates(on, off, problems, then, words):
    assert words in problems(off, then=then)["then"]


def test_it_is_off_once_and_on_once(on, off, at_bench):
    with pytest.raises(Conflict, match="on already"):
        life.switch_on(name="archive", **at_bench)
    off()
    with pytest.raises(Conflict, match="off already"):
        off()


def test_one_that_nobody_has_checked_is_checked_before_it_is_on(save, web, at_bench):
    server = web([200, 200, 200, 200])
    save(url=server.url())
    with pytest.raises(CheckFailed):
        life.switch_on(name="archive", **at_bench)
    view = life.switch_on(name="archive", why="It is a test.", **at_bench).subscriber
    assert (view.active, view.check_passed, view.waived) == (True, False, "It is a test.")
    assert len(server.requests) == 4


@pytest.mark.parametrize("why", ["gone", "failing"])
def test_one_that_its_endpoint_switched_off_is_asked_again_and_forgiven(on, world, at_bench, why):
    now = world.clock.now()
    world.execute(update(Subscriber).values(active=False, off_why=why, off_at=now))
    world.execute(update(SubscriberHealth).values(failing_since=now, streak=9))
    view = life.switch_on(name="archive", **at_bench).subscriber
    assert (view.active, view.failing, view.streak, view.check_passed) == (True, False, 0, True)


def test_removed_it_is_told_nothing_and_forgotten_but_for_what_it_was_told(waits, world, signed, get, save):
    assert life.remove(name="archive", **signed).cancelled == 2
    with pytest.raises(Missing):
        get()
    row = db.session.scalars(select(Subscriber)).one()
    assert (row.secrets, row.removed_at, world.count(SubscriberFilter)) == ("", world.clock.now(), 0)
    assert row.name.startswith("archive (removed")
    assert states(world) == [("cancelled", "CANCELLED_BY_PERSON")] * 2
    world.post("emil")
    assert len(states(world)) == 2
    assert save().subscriber.name == "archive"
