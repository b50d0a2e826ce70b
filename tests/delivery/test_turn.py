"""One turn's transaction: what it starts, what waits, and that a failed commit changes nothing in hand."""

from collections import Counter

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from tests.support.pausing import NO_KEY
from tests.support.world import wait_for
from webapp.delivery.lot import Kind
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope

TAKEN, BUSY = Accepted("250"), TemporaryFailure(Reason.SERVER_BUSY, "451")


def test_what_has_no_room_waits_under_its_lease(world, by_hand):
    world.post(*world.crowd(5))
    world.mail.hold()
    process = by_hand(concurrency=2)
    process.until(lambda: world.mail.held == 2)
    started = [row for row in world.rows() if row.started_at]
    assert set(world.states()) == {"sending"}
    assert len(started) == world.count(Envelope) == 2, "an envelope is written when it is started"
    world.mail.release()
    process.until_at_rest()
    assert set(world.states()) == {"sent"}


def two_have_ended(world, by_hand):
    """A process with two senders, and what they have got for an answer; nobody gets another one."""
    world.mail.hold()
    process = by_hand(concurrency=2)
    process.until(lambda: world.mail.held == 2)
    world.mail.release()
    wait_for(lambda: process.pipeline._from_senders.qsize() == 2)
    world.mail.hold()
    return process


def test_what_was_started_ahead_is_held_where_its_provider_is_paused(world, by_hand):
    world.post(*world.crowd(9))
    process = two_have_ended(world, by_hand)
    process.pipeline.turn()
    world.mail.answer = NO_KEY
    world.mail.release()
    process.until_at_rest()
    assert Counter(world.states()) == {"sent": 2, "held": 7}
    assert {row.failures for row in world.rows()} == {0}


@pytest.mark.parametrize(("at_most_once", "answer", "started"), [(False, TAKEN, 6), (True, TAKEN, 2), (False, BUSY, 2)])
def test_twice_as_many_are_started_ahead_as_have_got_through(world, by_hand, at_most_once, answer, started):
    """But nothing that must not be repeated, and nothing of an account whose tries fail."""
    world.channel("team.ahead", at_most_once=at_most_once)
    world.post(*world.crowd(9), channel="team.ahead")
    world.mail.answer = answer
    process = two_have_ended(world, by_hand)
    process.pipeline.turn()
    assert sum(row.state == "sending" and row.started_at is not None for row in world.rows()) == started
    world.mail.wait_until_held(2)
    assert world.mail.most_held == 2, "by no more senders than allowed"
    world.mail.release()


def test_what_waited_too_long_and_was_taken_by_another_is_not_sent_here(world, by_hand):
    world.post(*world.crowd(2))
    world.mail.hold()
    process = by_hand(concurrency=1)
    process.until(lambda: world.mail.held)
    [waiting] = [row.id for row in world.rows() if not row.started_at]
    world.execute(update(Delivery).where(Delivery.id == waiting).values(lease_token="B" * 26))
    world.clock.advance(40)
    process.pipeline.turn()
    world.mail.release()
    process.until_at_rest()
    assert len(world.mail.sent) == 1
    [row] = world.rows(id=waiting)
    assert (row.state, row.lease_token) == ("sending", "B" * 26)


def test_both_kinds_take_turns(world, by_hand):
    world.post(*world.crowd(30))
    first, *_ = world.rows()
    world.execute(update(Delivery).where(Delivery.id == first.id).values(state="retrying"))
    process = by_hand(dispatch_batch=5, resend_batch=5)
    process.pipeline.wake(Kind.FRESH)
    process.pipeline.wake(Kind.LATER)
    process.until(lambda: world.rows(id=first.id)[0].state == "sent")
    assert "queued" in world.states(), "a long queue does not starve the other one"


def test_a_claim_that_could_not_be_committed_is_made_again(world, by_hand, away):
    world.post(*world.crowd(3))
    process = by_hand()
    with away(), pytest.raises(OperationalError):
        process.until(lambda: False)
    process.until(lambda: process.pipeline.at_rest)
    assert set(world.states()) == {"sent"}
    assert len(world.mail.sent) == 3


def test_what_nobody_sends_is_held_also_while_a_medium_has_enough_waiting(world, by_hand):
    world.post(*world.crowd(5))
    world.mail.hold()
    process = by_hand(concurrency=1, dispatch_batch=2)
    process.until(lambda: world.mail.held == 1)
    world.channel("team.sms", "sms")
    world.person("theo", phone="+353861234567", phone_verified_at=world.clock.now())
    world.post("theo", channel="team.sms")
    process.until(lambda: "held" in world.states())
    [held] = world.rows(state="held")
    assert (held.medium, held.reason) == ("sms", "NO_PROVIDER")
    world.mail.release()
