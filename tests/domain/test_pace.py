"""So many sends a minute, evenly, with a small burst, however often and by whomever it is asked."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import START as NOW
from webapp.domain.pace import BURST_S, Pace

RATES = st.one_of(st.integers(1, 1_000_000), st.floats(1, 1_000_000))


def seconds(number):
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("per_minute", "at_once", "next_s"),
    [(1, 1, 60), (29, 1, 60 / 29), (60, 2, 1), (90, 3, 60 / 90), (6000, 200, 1), (1_000_000, 33_333, 1)],
)
def test_what_two_seconds_bring_may_go_at_once_but_at_least_one(per_minute, at_once, next_s):
    fresh = Pace(per_minute)
    assert fresh.free(NOW) == at_once
    used_up = Pace(per_minute, fresh.after(at_once, NOW))
    assert used_up.free(NOW) == 0
    assert (used_up.next(NOW) - NOW).total_seconds() == pytest.approx(next_s, rel=0.01)
    assert used_up.free(used_up.next(NOW)) == max(at_once // 2, 1)
    assert used_up.free(NOW + seconds(3600)) == at_once, "nothing is saved up"


@pytest.mark.parametrize("ahead_s", [-86400, 3, 86400])
def test_a_clock_that_jumped_keeps_nobody_waiting(ahead_s):
    pace = Pace(60, NOW + seconds(ahead_s))
    assert pace.free(max(NOW, pace.next(NOW))) >= 1
    assert pace.next(NOW) <= NOW + seconds(1)


@given(RATES, st.lists(st.tuples(st.floats(0, 10), st.integers(1, 400)), max_size=60))
def test_never_more_than_the_rate_and_one_burst(per_minute, asked):
    now, gone, used = NOW, 0, None
    for waited_s, wanted in asked:
        now += seconds(waited_s)
        pace = Pace(per_minute, used)
        taken = min(pace.free(now), wanted)
        assert taken >= 0
        gone, used = gone + taken, pace.after(taken, now)
        passed_s = (now - NOW).total_seconds()
        # A share of the minute is whole microseconds: half of one may be lost with each.
        assert gone <= (passed_s * per_minute / 60 + max(per_minute * BURST_S / 60, 1)) * (1 + per_minute / 100e6) + 1


@given(RATES, st.integers(0, 400))
def test_whoever_waits_until_it_says_may_go(per_minute, taken):
    pace = Pace(per_minute)
    pace = Pace(per_minute, pace.after(min(taken, pace.free(NOW)), NOW))
    assert pace.next(NOW) >= NOW
    assert pace.free(pace.next(NOW)) >= 1
