"""A fixed list of delays."""

from tests.retries.conftest import delays, policy


def test_each_failure_has_its_step_and_the_last_serves_for_more():
    assert delays(policy("steps", steps=(60, 300, 3600))) == [60, 300, 3600]
    assert delays(policy("steps", steps=(60, 300), attempts=5)) == [60, 300, 300, 300]
    assert delays(policy("steps", steps=(60, 300, 3600), attempts=3)) == [60, 300]


def test_no_steps_are_no_delay():
    assert delays(policy("steps")) == [0, 0, 0]
