"""The whole table of a policy: every preset and vector, with its elapsed times."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.retries.conftest import policy
from tests.support.presets import PRESETS
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.retries import next_delay
from webapp.retries._preview import preview, summary

NAMED = {policy.name: policy for policy in PRESETS}


def table(policy: RetryPolicy, message_type: str = "message"):
    return [(row.failure, row.retries_left, row.delay, row.elapsed) for row in preview(policy, message_type)]


def said(policy: RetryPolicy, message_type: str = "message"):
    sentence = summary(preview(policy, message_type))
    return sentence.text % sentence.values


def test_optimizely():
    expected = [(1, 3, 60, 60), (2, 2, 300, 360), (3, 1, 3600, 3960), (4, 0, None, 3960)]
    assert table(NAMED["optimizely"]) == expected


def test_optimizely_s_other_reading_is_three_tries():
    assert table(policy("steps", steps=(60, 300, 3600), attempts=3)) == [
        (1, 2, 60, 60),
        (2, 1, 300, 360),
        (3, 0, None, 360),
    ]


def test_zitadel_s_upper_bounds():
    assert table(NAMED["zitadel"]) == [(1, 2, 1.5, 1.5), (2, 1, 2.25, 3.75), (3, 0, None, 3.75)]
    longer = policy("forward_jitter", attempts=10, initial_s=1, base=1.5, max_delay_s=20)
    uppers = [1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 17.0859375, 20, 20, None]
    assert [row.delay for row in preview(longer, "message")] == uppers


def test_zitadel_s_lower_bounds_are_the_delay_before():
    assert [(row.least_delay, row.least_elapsed) for row in preview(NAMED["zitadel"], "message")] == [
        (1, 1),
        (1, 2),
        (None, 2),
    ]


def test_open_notificaties():
    rows = table(NAMED["open-notificaties"])
    assert [row[2] for row in rows] == [25, 100, 400, 1600, 6400, 25600, 52000, None]
    assert [row[1] for row in rows] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert rows[-1][3] == 86125, "23:55:25"


def test_kazoo_and_its_rules():
    assert table(NAMED["kazoo"]) == [(1, 3, 600, 600), (2, 2, 1200, 1800), (3, 1, 1800, 3600), (4, 0, None, 3600)]
    assert table(NAMED["kazoo"], "voicemail_new") == [
        (1, 4, 900, 900),
        (2, 3, 2700, 3600),
        (3, 2, 7200, 10800),
        (4, 1, 86400, 97200),
        (5, 0, None, 97200),
    ]


def test_kazoo_with_one_sparse_rule():
    sparse = policy("linear", initial_s=600, rules={"fax": {"1": Rule(attempt=1, retry_after_s=900)}})
    assert [row.delay for row in preview(sparse, "fax")] == [900, 1200, 1800, None]


def test_one_attempt_is_given_up_at_once():
    assert table(policy("linear", attempts=1)) == [(1, 0, None, 0)]
    assert said(policy("linear", attempts=1)) == "1 try: whatever fails is given up at once"


def test_a_try_that_would_be_too_late_is_none():
    """The next due time must be before the end: at the end is too late."""
    steps = {"steps": (100, 200), "attempts": 3}
    assert table(policy("steps", ttl_s=300, **steps)) == [(1, 2, 100, 100), (2, 1, None, 100)]
    assert table(policy("steps", ttl_s=301, **steps)) == [(1, 2, 100, 100), (2, 1, 200, 300), (3, 0, None, 300)]
    assert [row.expired for row in preview(policy("steps", ttl_s=300, **steps), "message")] == [False, True]
    assert not any(row.expired for row in preview(policy("steps", ttl_s=301, **steps), "message"))


def test_what_chance_may_bring_in_time_counts():
    chance = policy("forward_jitter", initial_s=1, base=1.5, attempts=3, ttl_s=3)
    assert len(preview(chance, "message")) == 3, "at the earliest it is due after 2 s"


def test_without_a_time_to_live_it_is_the_usual_one():
    month = 30 * 86400
    assert table(policy("steps", steps=(month,), attempts=2)) == [(1, 1, None, 0)]
    assert table(policy("steps", steps=(month - 1,), attempts=2))[0] == (1, 1, month - 1, month - 1)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("optimizely", "4 tries over 1:06:00"),
        ("zitadel", "3 tries over 0:00:03.750000 at most"),
        ("open-notificaties", "8 tries over 23:55:25"),
        ("kazoo", "4 tries over 1:00:00"),
    ],
)
def test_the_sentence(name, sentence):
    assert said(NAMED[name]) == sentence


@given(
    kind=st.sampled_from(["steps", "linear", "exponential", "forward_jitter"]),
    initial_s=st.floats(0, 100),
    base=st.floats(0, 5),
    cap=st.none() | st.floats(0.1, 500),
    seed=st.integers(0, 10**6),
)
def test_every_delay_that_is_drawn_lies_within_its_row(kind, initial_s, base, cap, seed):
    drawn = policy(kind, attempts=8, initial_s=initial_s, base=base, max_delay_s=cap, steps=(1, 2))
    draw, delay = random.Random(seed).uniform, 0.0
    for row in preview(drawn, "message")[:-1]:
        delay = next_delay(drawn, "message", row.failure, delay, draw)
        assert delay is not None
        assert row.least_delay is not None
        assert row.delay is not None
        assert row.least_delay <= delay <= row.delay * (1 + 1e-9)


@given(initial_s=st.floats(0.5, 5), base=st.floats(1.1, 3), cap=st.floats(5, 50), seed=st.integers(0, 10**6))
def test_a_jitter_goes_forward_only_and_never_beyond_its_cap(initial_s, base, cap, seed):
    """Zitadel's bounds: from the delay before to that times the factor, and the cap."""
    jitter = policy("forward_jitter", attempts=20, initial_s=initial_s, base=base, max_delay_s=cap)
    draw, before = random.Random(seed).uniform, 0.0
    for failure in range(1, 20):
        delay = next_delay(jitter, "message", failure, before, draw)
        assert delay is not None
        least = max(before, initial_s)
        assert least <= delay <= max(least, min(cap, base * least)) * (1 + 1e-9)
        before = delay
