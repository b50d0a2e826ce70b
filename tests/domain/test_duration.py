"""Durations: what people type, and how it is shown to them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.duration import seconds_of, words_of


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90", 90),
        ("0", 0),
        (" 5 min ", 300),
        ("5min", 300),
        ("10m", 600),
        ("2 h", 7200),
        ("2 Hours", 7200),
        ("1.5 h", 5400),
        ("1 h 30 min", 5400),
        ("1 day, 2 h", 93600),
        ("30 days", 2592000),
        ("1d", 86400),
        ("0.5 s", 0.5),
    ],
)
def test_what_is_meant(typed, seconds):
    assert seconds_of(typed) == seconds


@pytest.mark.parametrize(
    "typed", ["", " ", "soon", "5 parsecs", "-5 min", "1 30", "1 h 30", "h", "1e9 s", "٣ h", "9" * 51]
)
def test_what_is_no_duration(typed):
    assert seconds_of(typed) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (300, "5 min"),
        (5400, "1 h 30 min"),
        (86400, "1 day"),
        (2592000.0, "30 days"),
        (90, "1 min 30 s"),
        (0.5, "0.5 s"),
    ],
)
def test_how_it_is_said(seconds, words):
    assert words_of(seconds) == words


@given(st.integers(1, 10**9))
def test_what_is_said_is_read_again(seconds):
    assert seconds_of(words_of(seconds)) == seconds
