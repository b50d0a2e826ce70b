"""A random delay between the previous one and a multiple of it."""

import pytest

from tests.retries.conftest import delays, policy


def test_the_bounds_of_forward_jitter_are_zitadel_s():
    zitadel = policy("forward_jitter", attempts=10, initial_s=1, base=1.5, max_delay_s=20)
    bounds = []

    def highest(low, high):
        bounds.append((low, high))
        return high

    delays(zitadel, draw=highest)
    highs = [1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 17.0859375, 20]
    assert bounds == list(zip([1, *highs[:-1]], highs, strict=True)), "at the cap there is nothing left to draw"


@pytest.mark.parametrize("base", [1, 0.5, 0])
def test_forward_jitter_that_does_not_grow_is_constant(base):
    def never(_low, _high):
        raise AssertionError

    assert delays(policy("forward_jitter", initial_s=5, base=base), draw=never) == [5, 5, 5]
