"""Times and numbers as words: in the reader's zone and locale, for templates and for sentences."""

import datetime as dates
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.numbers import format_decimal
from markupsafe import Markup

from webapp.runtime import runtime
from webapp.views._reader import local as by_clock
from webapp.views._reader import reader
from webapp.views._templates import written
from webapp.views._words import said

# Lists show many times and numbers, often the same ones again, so their words are cached.
_kept = lru_cache(maxsize=4096)
_SHORTEST, _MINUTE, _HOUR, _DAY = 0.1, 60, 3600, 86400  # seconds


def moment(at: datetime) -> Markup:
    """A time as short as it is clear today (09:41, Tue, 2 Mar, 2 Mar 2025); the exact one on focus and hover."""
    title = _in_full(at, reader().zone, reader().locale)
    return Markup(f'<time datetime="{at.isoformat()}" title="{written(title)}">{written(short(at))}</time>')  # noqa: S704


def short(at: datetime) -> str:
    """The same as plain text."""
    local, today = by_clock(at), by_clock(runtime().now())
    days = (today.date() - local.date()).days
    if days == 0:
        return clock(at)
    if 0 < days < 7:
        return _date(local, "EEE")
    if local.year == today.year:
        return _by_skeleton(local.date(), "MMMd", reader().locale)
    return _date(local, "medium")


def exact(at: datetime) -> str:
    """Date and time: 2 Mar 2026, 09:41."""
    return f"{date(at)}, {clock(at)}"


def date(at: datetime) -> str:
    """2 Mar 2026."""
    return _date(by_clock(at), "medium")


def on_day(at: datetime) -> str:
    """With the weekday, for future times: Sun 1 Mar, 02:00; with the year if it is another one."""
    local, today = by_clock(at), by_clock(runtime().now())
    skeleton = "MMMEd" if local.year == today.year else "yMMMEd"
    return f"{_by_skeleton(local.date(), skeleton, reader().locale)}, {clock(at)}"


def clock(at: datetime, *, to_the_second: bool = False) -> str:
    """The time of day: 09:41, or 09:41:07."""
    local = by_clock(at).time()
    if to_the_second:
        return _clock(local.replace(microsecond=0), "medium", reader().locale)
    return _clock(local.replace(second=0, microsecond=0), "short", reader().locale)


def _date(local: datetime, length: str) -> str:
    return _dated(local.date(), length, reader().locale)


@_kept
def _in_full(at: datetime, zone: dates.tzinfo, locale: str) -> str:
    return format_datetime(at, "full", tzinfo=zone, locale=locale)


@_kept
def _dated(local: dates.date, length: str, locale: str) -> str:
    return format_date(local, length, locale=locale)


@_kept
def _by_skeleton(local: dates.date, skeleton: str, locale: str) -> str:
    return format_skeleton(skeleton, datetime.combine(local, time()), locale=locale)


@_kept
def _clock(local: time, length: Literal["short", "medium"], locale: str) -> str:
    return format_time(local, length, locale=locale)


def to_the_second(at: datetime) -> str:
    """For lists with several events a minute: 09:41:07, before today with the date."""
    second, today = clock(at, to_the_second=True), by_clock(runtime().now()).date()
    return second if by_clock(at).date() == today else f"{date(at)}, {second}"


def day(at: datetime) -> str:
    """The day for a heading: Today, Yesterday, Monday, or the date."""
    local, today = by_clock(at), by_clock(runtime().now())
    days = (today.date() - local.date()).days
    if days in {0, 1}:
        return said("Yesterday") if days else said("Today")
    return _date(local, "EEEE" if 0 < days < 7 else "long")


def duration(seconds: float | timedelta) -> str:
    """How long something takes: 0.4 s, 12 s, 3 min, 2 h 5 min, 3 days."""
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    if 0 < total < _SHORTEST:
        return said("under %(n)s s", n=number(_SHORTEST))
    if total < 10 and total % 1:
        return said("%(n)s s", n=number(round(total, 1)))
    whole = round(total)
    if whole < _MINUTE:
        return said("%(n)s s", n=number(whole))
    if whole < _HOUR:
        return said("%(n)s min", n=number(whole // _MINUTE))
    if whole < 2 * _DAY:
        return _hours(whole)
    return said("%(n)s days", n=number(whole // _DAY))


def took(ms: int) -> str:
    """How long a try, or a step of one, took in milliseconds: 12 ms, 1.4 s."""
    if ms >= 1000:
        return duration(ms / 1000)
    return said("%(n)s ms", n=ms) if ms else said("< 1 ms")


def number(value: float) -> str:
    """A number with the locale's marks: 1,204."""
    return _number(value or 0, reader().locale)  # -0.0 equals 0.0 as a cache key, but would be written differently


@_kept
def _number(value: float, locale: str) -> str:
    return format_decimal(value, locale=locale)


def _hours(whole: int) -> str:
    hours, minutes = number(whole // _HOUR), whole % _HOUR // _MINUTE
    if minutes == 0:
        return said("%(hours)s h", hours=hours)
    return said("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
