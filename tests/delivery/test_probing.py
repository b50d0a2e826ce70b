"""The probes of a paused provider: each another message, none for ever, and none in vain."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import update

from tests.support.pausing import DOWN, NO_KEY, a_pass, health, rest
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.delivery.pipeline import Pipeline
from webapp.domain.envelope import Accepted, Certainty, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models import job
from webapp.models.delivery import Delivery
from webapp.models.provider import ProviderHealth

LOST = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "silence", certainty=Certainty.MAY_HAVE_ARRIVED)


def test_a_far_side_that_confirms_nothing_is_not_sent_the_same_for_ever(world, people):
    world.mail.answer = LOST
    world.post(*people[:5])
    a_pass(world, concurrency=1)
    assert health(world) == ("TIMEOUT_AFTER_DATA", 1)
    for _ in range(40):
        world.clock.advance(3600)
        a_pass(world)
    assert max(Counter(world.mail.addresses).values()) <= 4
    assert set(world.states()) == {"unknown"}


def test_each_probe_is_another_one(world, people):
    """Or one message that a server cannot bear would hold up all the others."""
    world.mail.answer = lambda envelope: Accepted() if envelope.subject == "Fine" else DOWN
    world.post(*people[:5], subject="Poison")
    a_pass(world, concurrency=1)
    world.clock.advance(1)
    world.post(people[6], subject="Fine")
    a_pass(world)
    for _ in range(6):
        world.clock.advance(900)
        a_pass(world)
    assert world.rows()[5].state == "sent"


def test_what_was_in_flight_when_it_was_paused_costs_nothing_either(world, people):
    world.mail.answer = DOWN
    world.mail.hold()
    world.post(*people[:8])
    first = Pipeline(world.engine(concurrency=8))
    first.wake(Kind.FRESH)
    while world.mail.held < 8:
        first.turn()
    world.execute(update(ProviderHealth).values(paused_reason="AUTH", paused_until=world.clock.now() + timedelta(30)))
    world.mail.release()
    while not first.at_rest:
        first.turn()
    first.close()
    assert {(row.state, row.failures) for row in world.rows()} == {("held", 0)}


def test_a_rest_that_a_fast_clock_began_is_over(world, people):
    world.mail.answer = NO_KEY
    world.post(people[0])
    a_pass(world)
    world.execute(update(ProviderHealth).values(paused_until=world.clock.now() + timedelta(days=1)))
    world.mail.answer = Accepted()
    a_pass(world)
    assert world.row.state == "sent"


def test_no_probe_is_let_out_to_a_job_that_is_paused(world, people):
    world.mail.answer = NO_KEY
    world.post(people[0])
    a_pass(world)
    world.post(people[1])
    a_pass(world)
    with writing(world.session) as session:
        job.change_order(session, "resender", paused_reason="a move", paused_at=world.clock.now(), paused_by="ada")
    world.mail.answer = Accepted()
    rest(world)
    a_pass(world)
    a_pass(world)
    assert world.rows()[1].state == "sent"


def test_a_digest_that_is_held_is_one_probe(world, people):
    """Or each probe would take a part of it, and send that as a mail of its own."""
    world.mail.answer = NO_KEY
    world.post(people[0])
    a_pass(world)
    world.prefer("emil", digest="hourly")
    world.execute(update(Delivery).values(state="cancelled", ended_at=world.clock.now()))
    world.clock.advance(1)
    for number in range(3):
        world.post(subject=f"news {number}")
    world.execute(update(Delivery).where(Delivery.state == "queued").values(state="held", reason="PROVIDER_PAUSED"))
    world.mail.sent.clear()
    world.clock.advance(7200)
    a_pass(world)
    assert {row.envelope_id for row in world.rows(state="held")} == {world.mail.sent[0].id}
    world.mail.answer = Accepted()
    world.clock.advance(7200)
    assert a_pass(world)["sent"] == 3
    assert len({envelope.id for envelope in world.mail.sent}) == 1
