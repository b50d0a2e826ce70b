"""The pipeline when faults come: the database is away, or the process is told to end. What was sent stays sent."""

from threading import Thread

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from tests.support.world import WITHIN
from webapp.delivery.lot import Kind
from webapp.domain.envelope import Certainty, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.channel import Channel

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
SILENCE = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "", certainty=Certainty.MAY_HAVE_ARRIVED)


# --- the database is away -----------------------------------------------------------------------------------------


def test_what_was_sent_is_written_down_when_the_database_is_back(world, by_hand, away):
    world.post()
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held)
    world.mail.release()
    with away(), pytest.raises(OperationalError):
        process.until(lambda: False)
    process.until_at_rest()
    assert world.states() == ["sent"]
    assert len(world.mail.sent) == 1
    assert len(world.attempts()) == 1


def test_a_stopping_process_waits_for_the_database(world, by_hand, away):
    world.post(*world.crowd(2))
    world.mail.hold()
    process = by_hand(concurrency=1)
    process.until(lambda: world.mail.held)
    process.pipeline.news.clear()
    world.mail.release()
    assert process.pipeline.news.wait(WITHIN)
    with away(for_s=0.3):
        process.stop(within=10)
    assert sorted(world.states()) == ["queued", "sent"]


# --- a process that is told to end --------------------------------------------------------------------------------


def test_stopping_gives_back_what_was_not_started_and_waits_for_what_was(world, by_hand):
    world.post(*world.crowd(5))
    world.mail.hold()
    process = by_hand(concurrency=2)
    process.until(lambda: world.mail.held == 2)
    process.pipeline.turn()
    stopping = Thread(target=world.mail.release)
    stopping.start()
    process.stop(within=10)
    stopping.join()
    assert sorted(world.states()) == ["queued"] * 3 + ["sent"] * 2
    assert {(row.failures, row.crashes, row.lease_token) for row in world.rows()} == {(0, 0, None)}
    world.dispatch()
    assert len({envelope.id for envelope in world.mail.sent}) == len(world.mail.sent) == 5


def test_stopping_asks_no_formatter_for_what_was_claimed(world, by_hand, formatter):
    asked = []
    formatter("slow", asked.append)
    world.execute(update(Channel).values(formatter="slow"))
    world.post(*world.crowd(3))
    process = by_hand()
    process.pipeline.wake(Kind.FRESH)
    process.pipeline.turn()
    process.stop()
    assert (world.states(), asked) == (["queued"] * 3, [])
    assert {(row.failures, row.crashes, row.raises, row.lease_token) for row in world.rows()} == {(0, 0, 0, None)}


def test_stopping_gives_up_on_what_hangs_at_no_cost(world, by_hand):
    world.post()
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held)
    process.stop()
    row = world.row
    assert (row.state, row.failures, row.crashes, row.retries_left, row.due_at) == (
        "retrying", 0, 0, 4, world.clock.now(),
    )  # fmt: skip
    [attempt] = world.attempts()
    assert (attempt.certainty, attempt.counted) == ("may have arrived", False)
    world.mail.release()
    assert world.retry() == {"sent": 1}
    assert {envelope.id for envelope in world.mail.sent} == {row.envelope_id}


@pytest.mark.parametrize("within", [0.0, 5.0])
def test_stopping_writes_down_what_has_ended_already(world, by_hand, within):
    world.post()
    process = by_hand()
    world.mail.hold()
    process.until(lambda: world.mail.held)
    process.pipeline.news.clear()
    world.mail.release()
    assert process.pipeline.news.wait(WITHIN)
    process.pipeline.news.clear()  # as the loop does before it sees that it is to stop
    process.stop(within=within)
    assert world.states() == ["sent"]


def test_stopping_repeats_nothing_that_must_not_be(world, by_hand):
    world.execute(update(Channel).values(at_most_once=True))
    world.post(*world.crowd(3))
    world.mail.hold()
    process = by_hand(concurrency=1)
    process.until(lambda: world.mail.held == 1)
    process.stop()
    assert sorted(world.states()) == ["queued", "queued", "unknown"]
    [unknown] = world.rows(state="unknown")
    assert (unknown.reason, unknown.envelope_id) == ("PROCESS_DIED", world.mail.sent[0].id)


def test_what_was_left_behind_and_never_confirmed_ends_as_unknown(world, by_hand):
    world.post()
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held)
    process.stop()
    world.mail.answer = BUSY
    world.mail.release()
    for _ in range(4):
        world.retry()
        world.clock.advance(3600)
    assert (world.row.state, world.row.reason) == ("unknown", "EXHAUSTED")


def _stop_with(world, by_hand, answer):
    world.post()
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held)
    world.mail.answer = answer
    world.mail.release()
    process.stop(within=10)
    return world.row


@pytest.mark.parametrize("answer", [BUSY, SILENCE], ids=["not sent", "may have arrived"])
def test_a_failure_while_stopping_costs_nothing(world, by_hand, answer):
    row = _stop_with(world, by_hand, answer)
    assert (row.state, row.failures, row.retries_left, row.due_at) == ("retrying", 0, 4, world.clock.now())
    assert [attempt.counted for attempt in world.attempts()] == [False]


def test_what_may_have_arrived_while_stopping_is_not_repeated_at_most_once(world, by_hand):
    world.execute(update(Channel).values(at_most_once=True))
    assert _stop_with(world, by_hand, SILENCE).state == "unknown"
