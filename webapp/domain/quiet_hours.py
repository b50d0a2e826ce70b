"""Quiet hours: when in a week a person wants nothing sent, in the time of the place where they live."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = timedelta(days=8)  # a week and the night that it began in


@dataclass(frozen=True, slots=True, order=True)
class QuietHours:
    """From ``starts`` on a weekday (0 is Monday) to the next ``ends``: of the same day, or of the one after. The same
    time twice is a whole day."""

    weekday: int
    starts: time
    ends: time

    @classmethod
    def read(cls, text: str) -> Self:
        """What ``mon 22:00-07:00`` says. Raises ValueError."""
        day, _, hours = text.strip().lower().partition(" ")
        starts, _, ends = hours.partition("-")
        return cls(DAYS.index(day), time.fromisoformat(starts.strip()), time.fromisoformat(ends.strip()))

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.starts:%H:%M}-{self.ends:%H:%M}"

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Beginning and end of those that begin on ``day``, in UTC.

        Where a clock goes back over an end, the second time counts, and over a beginning the first: no minute of a
        night is less quiet for it. A time that a clock leaps over is as long after midnight as it would have been.
        """
        until = day if self.ends > self.starts else day + timedelta(days=1)
        begins = datetime.combine(day, self.starts, zone)
        return begins.astimezone(UTC), datetime.combine(until, self.ends, zone).replace(fold=1).astimezone(UTC)


def quiet_until(hours: Sequence[QuietHours], tz: str, now: datetime) -> datetime | None:
    """When the quiet that is on at ``now`` is over, in UTC; None where none is on.

    Hours that follow each other without a gap are one quiet. One without an end is looked at again after eight days.
    """
    last, zone = now + _WEEK, ZoneInfo(tz)
    spans = sorted(_spans(hours, zone, now))
    until = now
    for starts, ends in spans:
        if starts <= until < ends:
            until = min(ends, last)
    return until if until > now else None


def is_endless(hours: Sequence[QuietHours]) -> bool:
    """Whether these leave no minute of a week in which anything could be sent."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    until = quiet_until(hours, "UTC", monday)
    return until is not None and until - monday >= timedelta(days=7)


def _spans(hours: Sequence[QuietHours], zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """All that could follow each other from ``now`` on."""
    first = now.astimezone(zone).date() - timedelta(days=1)
    for offset in range(_WEEK.days + 2):
        day = first + timedelta(days=offset)
        yield from (one.on(day, zone) for one in hours if one.weekday == day.weekday())
