"""The watch over the clock."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from tests.support.world import WITHIN
from webapp.domain.clock import Clock
from webapp.jobs.watch import ClockRanAhead, Drift, Trust, Watch


class Hands:
    """A wall clock and a monotonic one, moved apart by the test."""

    def __init__(self):
        self.wall, self.tick = datetime(2026, 3, 2, 9, tzinfo=UTC), 100.0

    def passes(self, seconds, *, wall=None):
        self.tick += seconds
        self.wall += timedelta(seconds=seconds if wall is None else wall)


@pytest.fixture
def hands():
    return Hands()


def test_it_is_told_once_by_how_much_the_clock_was_set(hands):
    drift = Drift(lambda: hands.wall, lambda: hands.tick)
    hands.passes(1)
    assert drift.taken() is None
    hands.passes(1, wall=1 - 90000)
    assert drift.taken() == timedelta(hours=-25)
    hands.passes(1)
    assert drift.taken() is None
    hands.passes(1, wall=86401)
    assert drift.taken() == timedelta(days=1)


def test_a_long_sleep_and_small_steps_are_no_drift(hands):
    drift = Drift(lambda: hands.wall, lambda: hands.tick)
    hands.passes(3600)
    assert drift.taken() is None
    for _ in range(10):
        hands.passes(1, wall=1.5)
        assert drift.taken() is None


NIGHT, DAY = 8 * 3600, 24 * 3600


@pytest.fixture
def trust(hands):
    """In one whose monotonic clock stands still while it sleeps; what passes is the tick."""
    return Trust(Clock(lambda: hands.wall, lambda: 0.0, lambda: hands.tick))


def test_a_machine_that_sleeps_each_night_is_believed(hands, trust):
    for _ in range(10):
        hands.passes(NIGHT)
        assert trust.now() == hands.wall


def test_a_clock_that_gains_is_believed_from_run_to_run(hands, trust):
    for _ in range(10):
        hands.passes(DAY, wall=DAY + NIGHT)
        assert trust.now() == hands.wall


def test_a_clock_that_was_set_far_ahead_is_not_believed_later_either(hands):
    trust = Trust(Clock(lambda: hands.wall, lambda: hands.tick))
    hands.passes(1, wall=2 * DAY)
    for wall in (DAY, -2 * DAY, DAY):  # it is set right meanwhile
        hands.passes(DAY, wall=wall)
        with pytest.raises(ClockRanAhead, match=r"\d days ahead"):
            trust.now()


def test_a_clock_that_was_far_ahead_at_the_start_is_not_believed_once_it_is_right(hands):
    hands.passes(1, wall=2 * DAY)
    trust = Trust(Clock(lambda: hands.wall, lambda: hands.tick))
    assert trust.now() == hands.wall
    hands.passes(1, wall=-2 * DAY)
    with pytest.raises(ClockRanAhead):
        trust.now()


def test_a_look_that_fails_ends_neither_the_others_nor_the_watch(caplog):
    looked, failures = Event(), []

    def fail():
        failures.append(1)
        raise ZeroDivisionError("oops")

    def look():
        if len(failures) >= 3:
            looked.set()

    watch = Watch(fail, look, every_s=0.01)
    watch.start()
    assert looked.wait(WITHIN)
    watch.stop()
    assert caplog.text.count("oops") == 1, "said once, not each second"


def test_it_can_be_stopped():
    looked = Event()
    watch = Watch(looked.set, every_s=0.01)
    watch.start()
    assert looked.wait(WITHIN)
    watch.stop()
    watch._thread.join(WITHIN)
    assert not watch._thread.is_alive()
