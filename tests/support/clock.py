"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from webapp.domain.clock import Clock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning


class FakeClock(Clock):
    """The real Clock over hands that only ``advance`` moves."""

    def __init__(self, start: datetime = START) -> None:
        self._passed = 0.0
        super().__init__(wall=lambda: start + timedelta(seconds=self._passed), monotonic=lambda: self._passed)

    def advance(self, seconds: float | timedelta) -> datetime:
        """Let time pass, and return what time it is then."""
        self._passed += seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        return self.now()
