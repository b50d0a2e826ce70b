"""Digest: how often a person wants what has come on a channel, put together in one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_DAILY = re.compile(r"daily ([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Digest:
    """Every hour, or ``daily`` at a time of day in the person's time zone."""

    daily: time | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Reads ``hourly`` or ``daily 17:00``. Raises ValueError with a sentence for whoever wrote it."""
        if text == "hourly":
            return cls()
        if not (said := _DAILY.fullmatch(text)):
            raise ValueError("Write it as hourly, or as daily and a time: daily 17:00.")
        return cls(time(int(said[1]), int(said[2])))

    def __str__(self) -> str:
        return f"daily {self.daily:%H:%M}" if self.daily else "hourly"

    def next(self, tz: str, since: datetime) -> datetime:
        """The first one at or after ``since``, in UTC.

        When clocks change: a time that is skipped that night counts as if they had not changed yet; of a time that
        comes twice, the first one counts.
        """
        zone = ZoneInfo(tz)
        local = since.astimezone(zone)
        if self.daily is None:
            full = local.replace(minute=0, second=0, microsecond=0)
            past = local - full  # in local time
            return (since - past + (timedelta(hours=1) if past else timedelta())).astimezone(UTC)
        today = datetime.combine(local.date(), self.daily, zone).astimezone(UTC)
        if today >= since:
            return today
        return datetime.combine(local.date() + timedelta(days=1), self.daily, zone).astimezone(UTC)
