"""Quiet hours: how they are written, and when they are over, through the nights in which a clock is put."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.domain.quiet_hours import DAYS, QuietHours, is_endless, quiet_until

NIGHTS = tuple(f"{day} 22:00-07:00" for day in DAYS)
BERLIN, NEW_YORK, KOLKATA, LORD_HOWE = "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"


def read(*written):
    return tuple(QuietHours.read(one) for one in written)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", ["mon 22:00-07:00", "sun 00:00-00:00", "wed 09:30-17:45"])
def test_they_are_written_as_they_are_read(written):
    assert str(QuietHours.read(written)) == written


@pytest.mark.parametrize(
    "written",
    ["", "mon", "mon 22:00", "mon 22-07", "mon 24:00-07:00", "mon 22:00-07:60", "day 22:00-07:00", "Mon 22:00-07:00",
     "mon 22:00-07:00:30", "mon 22:00+01:00-07:00", "mon  22:00-07:00", "mon 22:00-07:00\n", "mon ٢٢:٠٠-٠٧:٠٠"],
)  # fmt: skip
def test_what_is_written_otherwise_is_refused_with_a_sentence(written):
    with pytest.raises(ValueError, match=r"^Write them as a day and two times: mon 22:00-07:00\.$"):
        QuietHours.read(written)


# 2026-03-02 is a Monday. All but the zone and the written hours is UTC.
@pytest.mark.parametrize(
    ("written", "tz", "now", "until"),
    [
        pytest.param(("mon 22:00-07:00",), "UTC", "2026-03-02T21:59:59", None, id="a second too early"),
        pytest.param(("mon 22:00-07:00",), "UTC", "2026-03-02T22:00", "2026-03-03T07:00", id="at its beginning"),
        pytest.param(("mon 22:00-07:00",), "UTC", "2026-03-03T06:59:59", "2026-03-03T07:00", id="after midnight"),
        pytest.param(("mon 22:00-07:00",), "UTC", "2026-03-03T07:00", None, id="at its end"),
        pytest.param(("mon 22:00-07:00",), "UTC", "2026-03-03T22:30", None, id="of another weekday"),
        pytest.param(("mon 12:00-13:00",), "UTC", "2026-03-02T12:30", "2026-03-02T13:00", id="within a day"),
        pytest.param(("mon 00:00-00:00",), "UTC", "2026-03-02T00:00", "2026-03-03T00:00", id="a whole day"),
        pytest.param(("mon 22:00-00:00",), "UTC", "2026-03-02T23:59", "2026-03-03T00:00", id="up to midnight"),
        pytest.param(("mon 22:00-22:00",), "UTC", "2026-03-03T21:59", "2026-03-03T22:00", id="a day from 22:00 on"),
        pytest.param(("sun 22:00-07:00",), "UTC", "2026-03-02T03:00", "2026-03-02T07:00", id="over the week's end"),
        pytest.param(("fri 18:00-00:00", "sat 00:00-00:00", "sun 00:00-00:00", "mon 00:00-08:00"), "UTC",
                     "2026-03-06T18:00", "2026-03-09T08:00", id="a weekend of adjacent hours"),
        pytest.param(("mon 20:00-23:00", "mon 22:00-07:00"), "UTC", "2026-03-02T21:00", "2026-03-03T07:00",
                     id="hours that overlap"),
        pytest.param(("mon 20:00-22:00", "mon 22:01-23:00"), "UTC", "2026-03-02T21:00", "2026-03-02T22:00",
                     id="a minute between"),
        pytest.param(("mon 22:00-07:00", "tue 06:00-06:30"), "UTC", "2026-03-03T06:15", "2026-03-03T07:00",
                     id="one within another"),
        # Half an hour from everybody else: 22:00 there is 16:30.
        pytest.param(("mon 22:00-07:00",), KOLKATA, "2026-03-02T16:29:59", None, id="Kolkata, not yet"),
        pytest.param(("mon 22:00-07:00",), KOLKATA, "2026-03-02T16:30", "2026-03-03T01:30", id="Kolkata"),
        pytest.param(("tue 00:00-06:00",), KOLKATA, "2026-03-02T18:30", "2026-03-03T00:30", id="Kolkata, tomorrow"),
        # 29 March 2026, 02:00 → 03:00 in Berlin: a short night.
        pytest.param(("sat 22:00-07:00",), BERLIN, "2026-03-28T21:00", "2026-03-29T05:00", id="Berlin, spring"),
        pytest.param(("sat 22:00-02:30",), BERLIN, "2026-03-29T00:30", "2026-03-29T01:30", id="an end leapt over"),
        pytest.param(("sun 02:30-06:00",), BERLIN, "2026-03-29T01:00", None, id="a beginning leapt over, not yet"),
        pytest.param(("sun 02:30-06:00",), BERLIN, "2026-03-29T01:30", "2026-03-29T04:00", id="a beginning leapt over"),
        pytest.param(("sun 02:00-03:00",), BERLIN, "2026-03-29T01:00", None, id="an hour that there is not"),
        pytest.param(("sat 22:00-02:30", "sun 02:30-07:00"), BERLIN, "2026-03-28T22:00", "2026-03-29T05:00",
                     id="adjacent over the leap"),
        # 25 October 2026, 03:00 → 02:00 in Berlin: a long night.
        pytest.param(("sat 22:00-07:00",), BERLIN, "2026-10-24T20:00", "2026-10-25T06:00", id="Berlin, autumn"),
        pytest.param(("sat 22:00-02:30",), BERLIN, "2026-10-25T00:45", "2026-10-25T01:30", id="an end comes twice"),
        pytest.param(("sun 02:30-06:00",), BERLIN, "2026-10-25T00:30", "2026-10-25T05:00",
                     id="a beginning that comes twice"),
        pytest.param(("sun 02:15-02:45",), BERLIN, "2026-10-25T00:50", "2026-10-25T01:45", id="both come twice"),
        # 8 March and 1 November 2026 in New York.
        pytest.param(("sat 22:00-07:00",), NEW_YORK, "2026-03-08T03:00", "2026-03-08T11:00", id="New York, spring"),
        pytest.param(("sat 22:00-07:00",), NEW_YORK, "2026-11-01T02:00", "2026-11-01T12:00", id="New York, autumn"),
        # 5 April 2026, half an hour back.
        pytest.param(("sat 22:00-07:00",), LORD_HOWE, "2026-04-04T11:00", "2026-04-04T20:30", id="Lord Howe, autumn"),
    ],
)  # fmt: skip
def test_when_it_is_over(written, tz, now, until):
    found = quiet_until(read(*written), tz, at(now))
    assert found == (at(until) if until else None)
    assert found is None or found.tzinfo is UTC


def test_beginning_and_end_are_told_in_utc():
    begins, ends = QuietHours.read("mon 22:00-07:00").on(date(2026, 3, 2), ZoneInfo(BERLIN))
    assert (begins, ends) == (at("2026-03-02T21:00"), at("2026-03-03T06:00"))
    assert begins.tzinfo is ends.tzinfo is UTC


def test_nothing_is_quiet_where_nobody_said_so():
    assert quiet_until((), BERLIN, at("2026-03-02T03:00")) is None


def test_quiet_without_an_end_is_looked_at_again():
    always = read(*(f"{day} 00:00-00:00" for day in DAYS))
    now = at("2026-03-02T09:00")
    assert quiet_until(always, BERLIN, now) == now + timedelta(days=8)


@pytest.mark.parametrize(
    ("written", "endless"),
    [
        ((), False),
        (NIGHTS, False),
        (tuple(f"{day} 00:00-00:00" for day in DAYS), True),
        (tuple(f"{day} 07:00-07:00" for day in DAYS), True),
        (tuple(f"{day} 07:00-07:00" for day in DAYS[1:]), False),
        ((*NIGHTS, *(f"{day} 07:00-22:00" for day in DAYS)), True),
        ((*NIGHTS, *(f"{day} 07:00-21:59" for day in DAYS)), False),
        ((*NIGHTS, *(f"{day} 07:00-22:00" for day in DAYS[:-1])), False),
    ],
)
def test_hours_that_leave_nothing_are_told_from_those_that_do(written, endless):
    assert is_endless(read(*written)) is endless


@pytest.mark.parametrize("tz", [BERLIN, NEW_YORK, KOLKATA, LORD_HOWE])
def test_each_minute_of_a_year_of_nights_is_quiet_and_no_other(tz):
    """What the clock on the wall shows is the judge, save in the hour that comes twice or is leapt over."""
    zone_nights, now = read(*NIGHTS), at("2026-01-01T00:00")
    for _ in range(366 * 8):
        now += timedelta(minutes=177)
        shown = now.astimezone(ZoneInfo(tz))
        quiet = shown.hour >= 22 or shown.hour < 7
        until = quiet_until(zone_nights, tz, now)
        assert (until is not None) is quiet, shown
        assert until is None or until.astimezone(shown.tzinfo).strftime("%H:%M") == "07:00"
