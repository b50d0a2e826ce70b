"""Delays that grow by the same amount each time."""

from tests.retries.conftest import delays, policy


def test_a_vector():
    assert delays(policy("linear", initial_s=600)) == [600, 1200, 1800]
    assert delays(policy("linear", initial_s=7, max_delay_s=10)) == [7, 10, 10]
    assert delays(policy("linear", initial_s=7, attempts=1)) == []
