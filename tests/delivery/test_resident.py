"""The pipeline's thread: it turns when woken, outlives errors, counts, and ends in good order."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

import pytest
from sqlalchemy import update

from tests.support.world import WITHIN
from webapp.delivery.lot import Kind
from webapp.delivery.resident import Resident, drain
from webapp.domain import signals
from webapp.domain.clock import Clock
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.delivery import Delivery


@pytest.fixture
def resident(world):
    """A resident pipeline with the given settings; ended with the test."""
    started = []

    def start(*, alive=lambda: None, **settings):
        one = Resident(world.engine(**settings), alive=alive)
        one.start()
        started.append(one)
        return one

    yield start
    world.mail.release()
    for one in started:
        one.stop()


def wait_for(happened):
    deadline = time.monotonic() + WITHIN
    while not happened():
        assert time.monotonic() < deadline, "It has not happened."
        time.sleep(0.01)


def test_it_sends_when_it_is_woken_and_counts(world, resident):
    done = Event()

    def note(_sender, **_more):
        done.set()

    one = resident()
    with signals.sent.connected_to(note):
        world.post()
        one.wake(Kind.FRESH)
        assert done.wait(WITHIN)
    wait_for(lambda: one._tally)
    assert one.take_counts(Kind.LATER) == {}
    assert one.take_counts(Kind.FRESH) == {"sent": 1}
    assert one.take_counts(Kind.FRESH) == {}


def test_it_outlives_an_error(world, resident, monkeypatch, caplog):
    monkeypatch.setattr("webapp.delivery.resident._AFTER_ERROR_S", 0.01)
    beats = []

    def alive():
        beats.append(1)
        if len(beats) == 1:
            raise ZeroDivisionError

    one = resident(alive=alive)
    wait_for(lambda: len(beats) > 1)
    world.post()
    one.wake(Kind.FRESH)
    wait_for(lambda: world.states() == ["sent"])
    assert "could not take its turn" in caplog.text


def test_stopping_waits_for_what_is_in_flight_only(world, resident):
    world.post(*world.crowd(3))
    world.mail.hold()
    one = resident(concurrency=1)
    one.wake(Kind.FRESH)
    world.mail.wait_until_held(1)
    world.mail.answer = lambda _envelope: Accepted()
    world.mail.release()
    one.stop()
    assert not one._thread.is_alive()
    assert set(world.states()) <= {"sent", "queued"}
    assert {row.lease_token for row in world.rows()} == {None}
    assert len(world.mail.sent) == world.states().count("sent")


def test_a_pass_takes_only_what_was_due_when_it_began(world):
    world.mail.answer = lambda _envelope: (world.clock.advance(100), TemporaryFailure(Reason.SERVER_BUSY, "451"))[1]
    world.post()
    assert drain(world.engine(), [Kind.FRESH, Kind.LATER]).counts() == {"retrying": 1}
    world.clock.advance(1)
    assert len(world.mail.sent) == 1


def test_a_pass_does_not_sleep_between_the_kinds(world, monkeypatch):
    monkeypatch.setattr("webapp.delivery.resident._LONGEST_NAP_S", 10.0)
    begun = time.monotonic()
    assert drain(world.engine(), [Kind.FRESH, Kind.LATER]).counts() == {}
    world.post()
    assert drain(world.engine(), [Kind.LATER, Kind.FRESH]).counts() == {"sent": 1}
    assert time.monotonic() - begun < 8


def test_a_pass_drains_many_batches(world):
    world.post(*world.crowd(120))
    assert world.dispatch(dispatch_batch=7, concurrency=3) == {"sent": 120}
    assert len({envelope.id for envelope in world.mail.sent}) == 120


def test_an_interrupted_pass_gives_back_what_it_holds(world):
    def interrupt(_sender, **_more):
        raise KeyboardInterrupt

    world.post(*world.crowd(5))
    with signals.sent.connected_to(interrupt), pytest.raises(KeyboardInterrupt):
        world.dispatch(concurrency=1)
    states = world.states()
    assert {row.lease_token for row in world.rows()} == {None}
    assert states.count("sent") >= 1
    assert states.count("queued") >= 1
    world.execute(update(Delivery).where(Delivery.state == "retrying").values(due_at=world.clock.now()))
    world.dispatch()
    world.retry()
    assert set(world.states()) == {"sent"}


def test_a_whole_run_ends_when_nothing_more_is_to_be_done_and_counts(world, resident):
    world.post(*world.crowd(5))
    one = resident(dispatch_batch=2)
    assert one.run(Kind.FRESH, within_s=WITHIN) == {"sent": 5}
    assert one.run(Kind.FRESH, within_s=WITHIN) == {}


def test_a_whole_run_that_takes_too_long_is_waited_for_no_longer(world, resident):
    world.post()
    world.mail.hold()
    one = resident()
    assert one.run(Kind.FRESH, within_s=0.2) == {}
    world.mail.release()
    wait_for(lambda: world.states() == ["sent"])
    one.stop()
    began = time.monotonic()
    one.run(Kind.FRESH, within_s=60)
    assert time.monotonic() - began < WITHIN, "nobody waits for what has stopped"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("turn_s", "asking", "for_s", "back_s"),
    [
        (0.06, 1, 0, 0), (0.06, 1, 0.03, 0.03), (0.06, 1, 9, 0.06), (0.06, 2, 9, 0.12), (0.06, 99, 9, 0.18),
        (7, 1, 9, 0.3), (0.01, 1, 9, 0),
    ],
    ids=[
        "nobody asks", "until nobody does", "as long as the turn", "that for each", "never more than three times",
        "never for long", "a short turn",
    ],
)  # fmt: skip
def test_it_leaves_time_to_whoever_asks(world, monkeypatch, turn_s, asking, for_s, back_s):
    now = [100.0]

    def wait(for_s):
        now[0] += for_s

    clock = Clock(lambda: datetime.now(UTC), lambda: now[0])
    one = Resident(
        replace(world.engine(), clock=clock),
        alive=lambda: None,
        asking=lambda: asking if now[0] - 100 < for_s - 1e-9 else 0,
    )
    monkeypatch.setattr(one._stopping, "wait", wait)
    one._stand_back(turn_s)
    assert now[0] - 100 == pytest.approx(back_s, abs=0.0051)


@pytest.mark.one_database
def test_it_leaves_nobody_time_once_it_is_to_stop(world):
    looks = []
    engine = replace(world.engine(), clock=Clock(world.clock.now, time.monotonic))
    one = Resident(engine, alive=lambda: None, asking=lambda: looks.append(True) or 1)
    one._stopping.set()
    one._stand_back(9)
    assert len(looks) == 1


@pytest.mark.one_database
def test_it_goes_on_beside_those_who_never_stop_asking(world, monkeypatch):
    monkeypatch.setattr("webapp.delivery.resident._SHORT_S", 0)
    asked = []
    engine = replace(world.engine(), clock=Clock(world.clock.now, time.monotonic))
    one = Resident(engine, alive=lambda: None, asking=lambda: asked.append(True) or 1)
    for _ in range(3):
        world.post()
    one.start()
    one.wake(Kind.FRESH)
    wait_for(lambda: one._tally[Kind.FRESH, "sent"] == 3)
    one.stop()
    assert asked
