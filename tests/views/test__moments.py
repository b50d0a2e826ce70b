"""Times as words: short, in the reader's zone, with the exact one at hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import g

from webapp.views import _moments
from webapp.views._reader import Reader

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # what the tests' clock says: a Monday


@pytest.fixture(autouse=True)
def request_(app):
    with app.test_request_context("/"):
        yield


@pytest.mark.parametrize(
    ("at", "short", "day"),
    [
        (NOW, "09:00", "Today"),
        (NOW.replace(hour=0), "00:00", "Today"),
        (NOW + timedelta(hours=3), "12:00", "Today"),
        (NOW - timedelta(hours=10), "Sun", "Yesterday"),
        (NOW - timedelta(days=6), "Tue", "Tuesday"),
        (NOW - timedelta(days=7), "23 Feb", "23 February 2026"),
        (NOW + timedelta(days=1), "3 Mar", "3 March 2026"),
        (NOW - timedelta(days=365), "2 Mar 2025", "2 March 2025"),
    ],
)
def test_as_short_as_it_is_clear_today(at, short, day):
    assert _moments.short(at) == short
    assert _moments.day(at) == day
    assert f">{short}</time>" in _moments.moment(at)


def test_the_exact_time_is_on_focus_and_hover():
    words = _moments.moment(NOW - timedelta(days=2))
    assert 'datetime="2026-02-28T09:00:00+00:00"' in words
    assert 'title="Saturday, 28 February 2026, 09:00:00 Coordinated Universal Time"' in words
    assert _moments.exact(NOW) == "2 Mar 2026, 09:00"
    assert _moments.clock(NOW) == "09:00"


def test_the_exact_time_is_by_the_readers_clock():
    g.reader = Reader("en_GB", ZoneInfo("UTC"))
    assert "09:00:00" in _moments.moment(NOW)
    g.reader = Reader("en_GB", ZoneInfo("Asia/Tokyo"))
    assert "18:00:00" in _moments.moment(NOW)


def test_another_locale_writes_it_otherwise():
    g.reader = Reader("de", ZoneInfo("UTC"))
    assert _moments.exact(NOW) == "02.03.2026, 09:00"
    assert _moments.short(NOW - timedelta(days=7)) == "23. Feb."
    assert _moments.number(1204.5) == "1.204,5"


def test_nothing_is_no_less_than_nothing():
    assert _moments.number(-0.0) == _moments.number(0) == "0"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.04, "under 0.1 s"),
        (0.43, "0.4 s"),
        (9.96, "10 s"),
        (12.4, "12 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86125, "23 h 55 min"),
        (172800, "2 days"),
        (timedelta(minutes=3), "3 min"),
    ],
)
def test_how_long_something_takes(seconds, words):
    assert _moments.duration(seconds) == words


def test_to_the_second_where_things_happen_every_few_seconds():
    assert _moments.to_the_second(NOW + timedelta(seconds=7)) == "09:00:07"
    assert _moments.to_the_second(NOW - timedelta(days=1)) == "1 Mar 2026, 09:00:00"
