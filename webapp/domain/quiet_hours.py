"""Quiet hours: when in a week a person wants nothing sent, in the time of the place where they live."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WRITTEN = re.compile(f"({'|'.join(DAYS)}) ({_CLOCK})-({_CLOCK})")
_LONGEST = timedelta(days=8)  # a week, and the night that it began in


@dataclass(frozen=True, slots=True, order=True)
class QuietHours:
    """From ``starts`` on a weekday (0 is Monday) to the next ``ends``: of the same day, or of the one after. The same
    time twice is a whole day."""

    weekday: int
    starts: time
    ends: time

    @classmethod
    def read(cls, text: str) -> Self:
        """What ``mon 22:00-07:00`` says. Raises ValueError with a sentence for whoever wrote it."""
        if not (said := _WRITTEN.fullmatch(text)):
            raise ValueError("Write them as a day and two times: mon 22:00-07:00.")
        return cls(DAYS.index(said[1]), time.fromisoformat(said[2]), time.fromisoformat(said[3]))

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.starts:%H:%M}-{self.ends:%H:%M}"

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Beginning and end of those that begin on ``day``, in UTC.

        Where a clock goes back over an end, the second time counts, and over a beginning the first: no minute of a
        night is less quiet for it. A time that a clock leaps over is as long after midnight as it would have been.
        """
        until = day if self.ends > self.starts else day + timedelta(days=1)
        begins, ends = datetime.combine(day, self.starts, zone), datetime.combine(until, self.ends, zone)
        return begins.astimezone(UTC), max(ends.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def quiet_until(hours: Sequence[QuietHours], tz: str, now: datetime) -> datetime | None:
    """When the quiet that is on at ``now`` is over, in UTC; None where none is on.

    Hours that follow each other without a gap are one quiet. One without an end is looked at again after eight days.
    """
    until, last, zone = now, now + _LONGEST, ZoneInfo(tz)
    while until < last and (ends := max(_ends(hours, zone, until), default=None)):
        until = min(ends, last)
    return until if until > now else None


def is_endless(hours: Sequence[QuietHours]) -> bool:
    """Whether these leave no minute of a week in which anything could be sent."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    until = quiet_until(hours, "UTC", monday)
    return until is not None and until - monday >= timedelta(days=7)


def _ends(hours: Sequence[QuietHours], zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """The ends of those that are on at a moment: they began on that day, or on the one before."""
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        for one in hours:
            if one.weekday == day.weekday():
                begins, ends = one.on(day, zone)
                if begins <= at < ends:
                    yield ends
