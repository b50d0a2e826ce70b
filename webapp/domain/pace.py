"""Pace: how many sends per minute a provider allows, for all processes together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BURST_S = 2.0  # the sends of so many seconds may go at once


@dataclass(frozen=True, slots=True)
class Pace:
    """``per_minute`` sends, evenly spaced: each one uses up its share of the minute. ``used_until``: up to when all is
    used up.

    At once may go the sends of BURST_S, but at least one; no more is ever used up in advance. A ``used_until`` further
    ahead was written under a clock that has since gone back, or when fewer sends were allowed: it is ignored.
    """

    per_minute: float
    used_until: datetime | None = None

    def free(self, now: datetime) -> int:
        """How many sends may go now."""
        return int(self._at_once - (self._used(now) - now) / self._share + 1e-6)  # within a millionth, it rounds up

    def after(self, count: int, now: datetime) -> datetime:
        """Up to when all is used up after ``count`` more sends."""
        return min(self._used(now) + count * self._share, now + self._at_once * self._share)

    def next(self, now: datetime) -> datetime:
        """When to look again: by then, half of a burst (at least one) may go."""
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
