"""When it is tried again: the presets, the vectors of each kind, rules, caps, and odd numbers."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retries.conftest import delays, lowest, policy
from tests.support.presets import PRESETS
from webapp.domain.retry_policy import Rule
from webapp.retries import kinds, next_delay

NAMED = {policy.name: policy for policy in PRESETS}
TEN_YEARS = 10 * 365 * 86400


def test_the_four_kinds_are_there():
    assert set(kinds()) >= {"steps", "linear", "exponential", "forward_jitter"}


@pytest.mark.parametrize(
    ("name", "message_type", "expected"),
    [
        ("optimizely", "message", [60, 300, 3600]),
        ("zitadel", "message", [1, 1]),
        ("open-notificaties", "message", [25, 100, 400, 1600, 6400, 25600, 52000]),
        ("kazoo", "message", [600, 1200, 1800]),
        ("kazoo", "voicemail_new", [900, 2700, 7200, 86400]),
    ],
)
def test_a_preset(name, message_type, expected):
    assert delays(NAMED[name], message_type) == expected


def test_the_elapsed_times_of_the_presets():
    assert list(accumulate(delays(NAMED["optimizely"]))) == [60, 360, 3960]
    assert sum(delays(NAMED["open-notificaties"])) == 86125


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"1": Rule(attempt=1, retry_after_s=900)}, [900, 1200, 1800]),
        ({"2": Rule(attempt=2, retry_after_s=5)}, [600, 5, 1800]),
        ({"any": Rule(retry_after_s=7)}, [7, 7, 7]),
        ({"any": Rule(retry_after_s=0)}, [0, 0, 0]),
        ({"more": Rule(retries=5)}, [600, 1200, 1800, 2400, 3000]),
        ({"none": Rule(retries=0)}, []),
        ({"a": Rule(attempt=1, retry_after_s=1), "b": Rule(retry_after_s=2)}, [1, 2, 2]),
        ({}, [600, 1200, 1800]),
    ],
    ids=str,
)
def test_rules_may_be_sparse(rules, expected):
    kazoo = policy("linear", initial_s=600, rules={"voicemail_new": rules})
    assert delays(kazoo, "voicemail_new") == expected
    assert delays(kazoo, "fax") == [600, 1200, 1800]


def test_the_cap_bounds_a_rule_too():
    capped = policy("linear", initial_s=600, max_delay_s=100, rules={"fax": {"1": Rule(attempt=1, retry_after_s=900)}})
    assert delays(capped, "fax") == [100, 100, 100]


numbers = st.one_of(st.floats(), st.integers(-5, 10**9))


@settings(deadline=None)  # the first draw finds the kinds
@given(
    kind=st.sampled_from(["steps", "linear", "exponential", "forward_jitter"]),
    initial_s=numbers,
    base=numbers,
    cap=st.one_of(st.none(), numbers),
    steps=st.lists(numbers, max_size=4),
    failures=st.integers(1, 500),
    previous=numbers,
)
def test_whatever_the_numbers_are_the_delay_is_one_that_can_be_waited_for(
    kind, initial_s, base, cap, steps, failures, previous
):
    odd = policy(kind, attempts=1000, initial_s=initial_s, base=base, max_delay_s=cap, steps=tuple(steps))
    delay = next_delay(odd, "message", failures, previous, lambda low, _high: low)
    assert delay is not None
    assert 0 <= delay <= TEN_YEARS


def test_a_kind_that_is_not_installed_is_tried_again_in_an_hour(caplog):
    assert next_delay(policy("lunar"), "message", 1, 0.0, lowest) == 3600
    assert [record.getMessage() for record in caplog.records] == ["The retry policy p could not say when to try again"]
