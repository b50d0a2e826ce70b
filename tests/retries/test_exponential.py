"""Delays that grow by the same factor each time."""

import pytest

from tests.retries.conftest import delays, policy


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"attempts": 8, "initial_s": 25, "base": 2}, [25, 50, 100, 200, 400, 800, 1600]),
        ({"attempts": 8, "initial_s": 25, "base": 3}, [25, 75, 225, 675, 2025, 6075, 18225]),
        ({"attempts": 8, "initial_s": 25, "base": 4, "max_delay_s": 52000}, [25, 100, 400, 1600, 6400, 25600, 52000]),
        ({"attempts": 5, "initial_s": 4, "base": 4, "max_delay_s": 28}, [4, 16, 28, 28]),
        ({"attempts": 6, "initial_s": 3, "base": 2, "max_delay_s": 48}, [3, 6, 12, 24, 48]),
        ({"initial_s": 0, "base": 2}, [0, 0, 0]),
        ({"initial_s": True, "base": 2}, [1, 2, 4]),
        ({"initial_s": 25, "base": 0}, [25, 0, 0]),
        ({"initial_s": 1, "base": 1e200, "max_delay_s": 9}, [1, 9, 9]),
        ({"attempts": 3, "initial_s": 1e200, "base": 1e200}, [315_360_000, 315_360_000]),  # ten years: no more
        ({"initial_s": 1, "base": 1e200}, [1, 315_360_000, 315_360_000]),  # beyond what a number can be
    ],
    ids=str,
)
def test_a_vector(numbers, expected):
    assert delays(policy("exponential", **numbers)) == expected
