"""Sweeps go on by themselves where later tries are made, however seldom these are looked for."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.pausing import NO_KEY, a_pass, health
from webapp.delivery.lot import Kind
from webapp.domain.envelope import Accepted
from webapp.models.delivery import Delivery
from webapp.models.provider import ProviderHealth


@pytest.fixture
def dies(world):
    """Whatever is on its way, the process that had it is dead."""

    def die():
        gone = world.clock.now() - timedelta(seconds=1)
        world.execute(update(Delivery).values(state="sending", lease_token="T" * 26, lease_until=gone))

    return die


@pytest.mark.parametrize(("kind", "freed"), [(Kind.LATER, "queued"), (Kind.FRESH, "sending")])
def test_what_a_dead_process_held_is_freed_by_whoever_makes_later_tries(world, by_hand, dies, kind, freed):
    process = by_hand()
    process.until_at_rest(kind)
    world.post()
    dies()
    assert process.pipeline.turn() is None
    assert world.states() == ["sending"], "it has just swept"
    world.clock.advance(5)
    process.pipeline.turn()
    assert world.states() == [freed]


def test_a_sweep_by_itself_tries_nothing_again(world, by_hand):
    process = by_hand()
    process.until_at_rest(Kind.LATER)
    for ttl_s in (10, 1000):
        world.post(ttl_s=ttl_s)
    world.execute(update(Delivery).values(state="retrying"))
    world.clock.advance(10)
    process.pipeline.turn()
    assert (world.states(), process.pipeline.at_rest) == (["cancelled", "retrying"], True)


def test_no_room_is_made_for_what_is_not_to_be_claimed(world, by_hand):
    """Else a pass that takes only what was due when it began would claim nothing more beside it, and end early."""
    world.post()
    began = world.clock.now()
    values = {"state": "retrying", "crashes": 1, "due_at": began + timedelta(seconds=1)}
    world.execute(update(Delivery).values(**values, lease_token=None))
    world.clock.advance(62)  # more than a lease later
    for due, makes_room in ((began, False), (None, True)):
        process = by_hand()
        process.pipeline.wake(Kind.LATER)
        process.pipeline._turn(due)
        assert bool(process.pipeline._sweeps.make_room) is makes_room


def test_a_lease_shorter_than_usual_is_swept_for_more_often(world, by_hand, dies):
    process = by_hand(lease_s=4)
    process.until_at_rest(Kind.LATER)
    world.post()
    dies()
    world.clock.advance(1)
    process.pipeline.turn()
    assert world.states() == ["queued"]


def test_a_paused_provider_is_probed_when_its_rest_is_over(world, by_hand):
    process = by_hand()
    process.until_at_rest(Kind.LATER)
    world.mail.answer = NO_KEY
    world.post()
    a_pass(world)
    world.mail.answer = Accepted()
    assert (world.states(), health(world)) == (["held"], ("AUTH", 1))
    world.execute(update(ProviderHealth).values(paused_until=world.clock.now()))
    world.clock.advance(5)
    process.pipeline.turn()
    assert world.states() == ["retrying"]
