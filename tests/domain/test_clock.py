"""The clock never runs back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.clock import Clock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Hands:
    """Two hands that a test moves each by itself."""

    def __init__(self) -> None:
        self.wall, self.passed = START, 0.0
        self.clock = Clock(lambda: self.wall, lambda: self.passed)

    def move(self, wall: float, passed: float) -> datetime:
        self.wall += timedelta(seconds=wall)
        self.passed += passed
        return self.clock.now()


def test_it_goes_with_the_wall():
    assert Hands().move(10, 10) == START + timedelta(seconds=10)


def test_a_wall_clock_that_is_set_back_does_not_stop_it():
    hands = Hands()
    assert hands.move(-25 * 3600, 2) == START + timedelta(seconds=2)
    assert hands.move(5, 5) == START + timedelta(seconds=7)


def test_it_follows_a_wall_clock_that_is_set_ahead_and_stays_there():
    hands = Hands()
    assert hands.move(86400, 1) == START + timedelta(days=1)
    assert hands.move(-86400, 1) == START + timedelta(days=1, seconds=1)


def test_hosts_whose_walls_differ_agree_by_following_one_clock():
    ahead, behind = Hands(), Hands()
    ahead.move(300, 0)
    behind.move(-300, 0)
    for hands in (ahead, behind):
        hands.clock.follow(START)
    assert ahead.move(7, 10) == behind.move(-20, 10) == START + timedelta(seconds=10)


def test_following_again_never_sets_it_back():
    hands = Hands()
    hands.clock.follow(START)
    hands.move(60, 60)
    hands.clock.follow(START)
    assert hands.move(0, 1) == START + timedelta(seconds=61)
    hands.clock.follow(START + timedelta(hours=1))
    assert hands.move(0, 1) == START + timedelta(hours=1, seconds=1)


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 1000))))
def test_it_is_never_behind_what_it_said_nor_behind_what_has_passed(moves):
    hands, last = Hands(), START
    for wall, passed in moves:
        now = hands.move(wall, passed)
        assert now >= last + timedelta(seconds=passed)
        assert now >= hands.wall
        last = now
