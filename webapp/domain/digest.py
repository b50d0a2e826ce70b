"""Digest: how often a person wants what has come on a channel put together into one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_DAILY = re.compile(r"daily ([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Digest:
    """Hourly, or ``daily`` at a time of day where the person lives."""

    daily: time | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """What ``hourly`` or ``daily 17:00`` says. Raises ValueError with a sentence for whoever wrote it."""
        if text == "hourly":
            return cls()
        if not (said := _DAILY.fullmatch(text)):
            raise ValueError("Write it as hourly, or as daily and a time: daily 17:00.")
        return cls(time(int(said[1]), int(said[2])))

    def __str__(self) -> str:
        return f"daily {self.daily:%H:%M}" if self.daily else "hourly"

    def next(self, tz: str, since: datetime) -> datetime:
        """The first one at or after ``since``, in UTC.

        One whose time a clock leaps over that night is as long after midnight as it would have been; one whose time
        comes twice is sent the first time.
        """
        zone = ZoneInfo(tz)
        local = since.astimezone(zone)
        if self.daily is None:
            full = local.replace(minute=0, second=0, microsecond=0)
            past = local - full  # by what the clock on the wall shows
            return (since - past + (timedelta(hours=1) if past else timedelta())).astimezone(UTC)
        today = datetime.combine(local.date(), self.daily, zone).astimezone(UTC)
        if today >= since:
            return today
        return datetime.combine(local.date() + timedelta(days=1), self.daily, zone).astimezone(UTC)
