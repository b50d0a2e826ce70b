"""Times and numbers as words: in the reader's zone and locale, for templates and for sentences."""

import datetime as dt
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask import g
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    get_locale,
    get_timezone,
    gettext,
    to_user_timezone,
)
from markupsafe import Markup

from webapp.runtime import runtime

_TIMES_OF_DAY = 2000  # more than a day has minutes
_SHORTEST, _MINUTE, _HOUR, _DAY = 0.1, 60, 3600, 86400  # seconds


def moment(at: datetime) -> Markup:
    """A time as short as it is clear today (09:41, Tue, 2 Mar, 2 Mar 2025); the exact one on focus and hover."""
    words = Markup('<time datetime="{}" title="{}">{}</time>')
    return words.format(at.isoformat(), format_datetime(at, "full"), short(at))


def short(at: datetime) -> str:
    """The same as plain text."""
    local, today = to_user_timezone(at), to_user_timezone(runtime().now())
    days = (today.date() - local.date()).days
    if days == 0:
        return clock(at)
    if 0 < days < 7:
        return format_date(at, "EEE")
    if local.year == today.year:
        return format_skeleton("MMMd", local, locale=get_locale())
    return format_date(at, "medium")


def exact(at: datetime) -> str:
    """Date and time: 2 Mar 2026, 09:41."""
    return f"{date(at)}, {clock(at)}"


def date(at: datetime) -> str:
    """2 Mar 2026."""
    return format_date(at, "medium")


def on_day(at: datetime) -> str:
    """With the day of the week, for what is to come: Sun 1 Mar, 02:00; and with the year where it is another one."""
    local, today = to_user_timezone(at), to_user_timezone(runtime().now())
    skeleton = "MMMEd" if local.year == today.year else "yMMMEd"
    return f"{format_skeleton(skeleton, local, locale=get_locale())}, {clock(at)}"


def clock(at: datetime, *, to_the_second: bool = False) -> str:
    """The time of day: 09:41, or 09:41:07."""
    zone, locale = _reads()
    local = at.astimezone(zone).time().replace(microsecond=0)
    return _clock(local, "medium", locale) if to_the_second else _clock(local.replace(second=0), "short", locale)


def _reads() -> tuple[ZoneInfo, str]:
    """The reader's zone and locale, found out once for all the times of a page. Python's own zone, since pytz's takes
    longer for a time than all that is done with it."""
    if "reads" not in g:
        g.reads = ZoneInfo(str(get_timezone())), str(get_locale())
    return g.reads


def date_of(at: datetime) -> dt.date:
    """On which day that is, where the reader lives."""
    return at.astimezone(_reads()[0]).date()


@lru_cache(_TIMES_OF_DAY)
def _clock(local: time, length: str, locale: str) -> str:
    """A page says many, and a day has but so many minutes."""
    return format_time(local, length, locale=locale)


def to_the_second(at: datetime) -> str:
    """Where things happen every few seconds: 09:41:07, before today with the date."""
    second, today = clock(at, to_the_second=True), to_user_timezone(runtime().now()).date()
    return second if to_user_timezone(at).date() == today else f"{format_date(at, 'medium')}, {second}"


def day(at: datetime) -> str:
    """The day for a heading: Today, Yesterday, Monday, or the date."""
    local, today = to_user_timezone(at), to_user_timezone(runtime().now())
    days = (today.date() - local.date()).days
    if days in {0, 1}:
        return gettext("Yesterday") if days else gettext("Today")
    return format_date(at, "EEEE" if 0 < days < 7 else "long")


def duration(seconds: float | timedelta) -> str:
    """How long something takes: 0.4 s, 12 s, 3 min, 2 h 5 min, 3 days."""
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    if 0 < total < _SHORTEST:
        return gettext("under %(n)s s", n=number(_SHORTEST))
    if total < 10 and total % 1:
        return gettext("%(n)s s", n=number(round(total, 1)))
    whole = round(total)
    if whole < _MINUTE:
        return gettext("%(n)s s", n=number(whole))
    if whole < _HOUR:
        return gettext("%(n)s min", n=number(whole // _MINUTE))
    if whole < 2 * _DAY:
        return _hours(whole)
    return gettext("%(n)s days", n=number(whole // _DAY))


def took(ms: int) -> str:
    """How long a try, or a step of one, took in milliseconds: 12 ms, 1.4 s."""
    if ms >= 1000:
        return duration(ms / 1000)
    return gettext("%(n)s ms", n=ms) if ms else gettext("< 1 ms")


def number(value: float) -> str:
    """A number with the locale's marks: 1,204."""
    return format_decimal(value)


def _hours(whole: int) -> str:
    hours, minutes = number(whole // _HOUR), whole % _HOUR // _MINUTE
    if minutes == 0:
        return gettext("%(hours)s h", hours=hours)
    return gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
