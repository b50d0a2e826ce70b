"""Digests: how they are written, and when the next one is, through the nights in which a clock is put."""

from datetime import UTC, datetime

import pytest

from webapp.domain.digest import Digest

BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", ["hourly", "daily 17:00", "daily 00:00", "daily 23:59"])
def test_it_is_written_as_it_is_read(written):
    assert str(Digest.read(written)) == written


@pytest.mark.parametrize(
    "written", ["", "daily", "Hourly", "hourly ", "daily 7:00", "daily 24:00", "daily 17:60", "daily 17:00\n", "weekly"]
)
def test_what_is_written_otherwise_is_refused_with_a_sentence(written):
    with pytest.raises(ValueError, match=r"^Write it as hourly, or as daily and a time: daily 17:00\.$"):
        Digest.read(written)


@pytest.mark.parametrize(
    ("written", "tz", "since", "at_"),
    [
        ("hourly", "UTC", "2026-03-02T09:00:00", "2026-03-02T09:00:00"),
        ("hourly", "UTC", "2026-03-02T09:00:00.000001", "2026-03-02T10:00:00"),
        ("hourly", "UTC", "2026-03-02T23:59:59", "2026-03-03T00:00:00"),
        ("hourly", KOLKATA, "2026-03-02T09:00:00", "2026-03-02T09:30:00"),  # their full hours are our half ones
        ("hourly", KOLKATA, "2026-03-02T09:30:00", "2026-03-02T09:30:00"),
        ("hourly", BERLIN, "2026-03-29T00:30:00", "2026-03-29T01:00:00"),  # 01:30, then 03:00
        ("hourly", BERLIN, "2026-10-25T00:30:00", "2026-10-25T01:00:00"),  # 02:30, then 02:00 again
        ("hourly", BERLIN, "2026-10-25T01:30:00", "2026-10-25T02:00:00"),  # 02:30 again, then 03:00
        ("daily 17:00", "UTC", "2026-03-02T09:00:00", "2026-03-02T17:00:00"),
        ("daily 17:00", "UTC", "2026-03-02T17:00:00", "2026-03-02T17:00:00"),
        ("daily 17:00", "UTC", "2026-03-02T17:00:01", "2026-03-03T17:00:00"),
        ("daily 17:00", NEW_YORK, "2026-03-02T23:00:00", "2026-03-03T22:00:00"),  # 18:00 there: tomorrow's
        ("daily 07:00", KOLKATA, "2026-03-02T23:00:00", "2026-03-03T01:30:00"),  # it is tomorrow there
        ("daily 17:00", NEW_YORK, "2026-03-08T05:00:00", "2026-03-08T21:00:00"),  # the day of the leap
        ("daily 17:00", NEW_YORK, "2026-11-01T04:00:00", "2026-11-01T22:00:00"),
        ("daily 02:30", BERLIN, "2026-03-28T23:00:00", "2026-03-29T01:30:00"),  # leapt over: at 03:30
        ("daily 02:30", BERLIN, "2026-03-29T01:30:01", "2026-03-30T00:30:00"),
        ("daily 02:30", BERLIN, "2026-10-24T22:00:00", "2026-10-25T00:30:00"),  # comes twice: the first time
        ("daily 02:30", BERLIN, "2026-10-25T00:45:00", "2026-10-26T01:30:00"),
    ],
)
def test_the_next_one(written, tz, since, at_):
    found = Digest.read(written).next(tz, at(since))
    assert found == at(at_)
    assert found.tzinfo is UTC
