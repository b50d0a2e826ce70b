"""Quiet hours: the times of a week, in a person's time zone, at which they want nothing sent."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WRITTEN = re.compile(f"({'|'.join(DAYS)}) ({_CLOCK})-({_CLOCK})")
_LONGEST = timedelta(days=8)  # a week, plus a night that was under way at its beginning


@dataclass(frozen=True, slots=True, order=True)
class QuietHours:
    """From ``starts`` on a weekday (0 is Monday) to the next ``ends``, on the same day or the next. If both are the
    same time, it is a whole day."""

    weekday: int
    starts: time
    ends: time

    @classmethod
    def read(cls, text: str) -> Self:
        """Reads ``mon 22:00-07:00``. Raises ValueError with a sentence for whoever wrote it."""
        if not (said := _WRITTEN.fullmatch(text)):
            raise ValueError("Write them as a day and two times: mon 22:00-07:00.")
        return cls(DAYS.index(said[1]), time.fromisoformat(said[2]), time.fromisoformat(said[3]))

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.starts:%H:%M}-{self.ends:%H:%M}"

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Beginning and end, in UTC, of the quiet hours that begin on ``day``.

        When clocks go back over an end, its second occurrence counts, over a beginning the first: so no minute of a
        night is less quiet. A time that is skipped when clocks go forward counts as if they had not changed yet.
        """
        until = day if self.ends > self.starts else day + timedelta(days=1)
        begins, ends = datetime.combine(day, self.starts, zone), datetime.combine(until, self.ends, zone)
        return begins.astimezone(UTC), max(ends.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def quiet_until(hours: Sequence[QuietHours], tz: str, now: datetime) -> datetime | None:
    """When the quiet hours that are on at ``now`` end, in UTC; None where none are on.

    Hours that follow each other without a gap count as one. If they never end, it is looked at again after eight days.
    """
    until, last, zone = now, now + _LONGEST, ZoneInfo(tz)
    while until < last and (ends := max(_ends(hours, zone, until), default=None)):
        until = min(ends, last)
    return until if until > now else None


def is_endless(hours: Sequence[QuietHours]) -> bool:
    """Whether these cover the whole week, so that nothing could ever be sent."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    until = quiet_until(hours, "UTC", monday)
    return until is not None and until - monday >= timedelta(days=7)


def _ends(hours: Sequence[QuietHours], zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """The ends of those that are on at a moment: each began on that day or on the one before."""
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        for one in hours:
            if one.weekday == day.weekday():
                begins, ends = one.on(day, zone)
                if begins <= at < ends:
                    yield ends
