"""Pace: how many sends a minute a provider may be asked for, by all processes together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BURST_S = 2.0  # what so many seconds bring may go at once


@dataclass(frozen=True, slots=True)
class Pace:
    """``per_minute`` sends, evenly: each uses up its share of the minute, and ``used_until`` is up to when all is.

    At once may go what BURST_S bring, at least one, and no more is ever used up in advance: a moment further ahead was
    written under a clock that has since gone back, or when fewer were allowed, and counts for nothing.
    """

    per_minute: float
    used_until: datetime | None = None

    def free(self, now: datetime) -> int:
        """How many may go now."""
        return int(self._at_once - (self._used(now) - now) / self._share + 1e-6)  # what lacks a millionth is whole

    def after(self, count: int, now: datetime) -> datetime:
        """Up to when all is used up once ``count`` more are gone."""
        return min(self._used(now) + count * self._share, now + self._at_once * self._share)

    def next(self, now: datetime) -> datetime:
        """When it is worth while to look again: half of what may go at once, at least one, may go by then."""
        wanted = max(self._at_once // 2, 1)
        return max(now, self._used(now) - (self._at_once - wanted) * self._share)

    @property
    def _share(self) -> timedelta:
        return timedelta(seconds=60 / self.per_minute)

    @property
    def _at_once(self) -> int:
        return max(int(self.per_minute * BURST_S / 60), 1)

    def _used(self, now: datetime) -> datetime:
        furthest = now + self._at_once * self._share
        return self.used_until if self.used_until and now < self.used_until <= furthest else now
