"""Durations as they are typed and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.duration import parse_duration, parse_durations, spelled, spelled_list


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("0", 0),
        ("1.5", 1.5),
        ("1.5 s", 1.5),
        ("1s", 1),
        ("5 min", 300),
        ("5m", 300),
        ("1 H", 3600),
        (" 2 days ", 172800),
        ("1 h 6 min", 3960),
        ("1 d 2 h 3 min 4.5 s", 93784.5),
        ("2 hours 1 second", 7201),
        ("0.1 min", 6),
    ],
)
def test_what_is_typed(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "1 5", "1 week", "5 min later", "min", "1e9", "inf", "nan", "٣", "1..5 s", "9" * 16]
)
def test_what_is_no_duration_says_how_to_write_one(text):
    with pytest.raises(ValueError, match="is no duration: write it as 90"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60, 300, 3600", (60, 300, 3600)),
        ("1 min, 5 min, 1 h", (60, 300, 3600)),
        ("1 min,5m", (60, 300)),
        ("7", (7,)),
        ("", ()),
        ("  ", ()),
    ],
)
def test_a_list(text, seconds):
    assert parse_durations(text) == seconds


@pytest.mark.parametrize("text", ["60,", ",60", "60,,300", "60; 300", "60, soon"])
def test_a_list_that_is_none(text):
    with pytest.raises(ValueError, match="is no duration"):
        parse_durations(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (1, "1 s"),
        (1.5, "1.5 s"),
        (17.0859375, "17.0859375 s"),
        (60, "1 min"),
        (100, "1 min 40 s"),
        (3600, "1 h"),
        (3960, "1 h 6 min"),
        (52000, "14 h 26 min 40 s"),
        (86125, "23 h 55 min 25 s"),
        (86400, "1 d"),
        (864000, "10 d"),
        (1000 * 86400, "1000 d"),
        (3661.1, "1 h 1 min 1.1 s"),
        (20, "20 s"),
    ],
)
def test_what_is_written(seconds, text):
    assert spelled(seconds) == text


def test_a_list_that_is_written():
    assert spelled_list((60, 300, 3600)) == "1 min, 5 min, 1 h"
    assert spelled_list(()) == ""


@given(st.one_of(st.integers(0, 10**9), st.integers(1, 10**13).map(lambda micros: micros / 10**6)))
def test_what_is_written_reads_back_as_the_same(seconds):
    assert parse_duration(spelled(seconds)) == seconds
