"""When a job is due next."""

import time
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.jobs.trigger import Every, trigger

NOW = datetime(2026, 3, 2, 9, 0, 0, 500_000, tzinfo=UTC)
MOMENTS = st.floats(-3e8, 3e9).map(lambda seconds: NOW + timedelta(seconds=seconds))


def test_all_processes_look_at_the_same_moments():
    first = Every(2).get_next_fire_time(None, NOW)
    assert first == datetime(2026, 3, 2, 9, 0, 2, tzinfo=UTC)
    assert Every(2).get_next_fire_time(None, NOW + timedelta(seconds=1)) == first
    assert Every(2).get_next_fire_time(first, first) == first + timedelta(seconds=2)


@given(MOMENTS, st.floats(0.001, 86400), st.none() | MOMENTS)
def test_the_next_is_later_and_within_an_interval_whatever_was_before(now, seconds, before):
    at = Every(seconds).get_next_fire_time(before, now)
    assert timedelta(0) < at - now <= timedelta(seconds=seconds) + timedelta(microseconds=1)


def test_ten_years_ahead_cost_nothing():
    began = time.monotonic()
    at = NOW + timedelta(days=3650)
    assert Every(2).get_next_fire_time(NOW, at) - at <= timedelta(seconds=2)
    assert time.monotonic() - began < 0.1


def test_without_an_interval_it_is_by_night():
    at = trigger(None).get_next_fire_time(None, NOW)
    assert (at.day, at.hour, at.minute, at.utcoffset()) == (3, 3, 0, timedelta(0))
    assert isinstance(trigger(2), Every)
