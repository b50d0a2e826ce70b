"""Time as the engine knows it: handed in, in UTC, and never running back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

_FIRST_YEAR, _LAST_YEAR = 1, 9000  # far from where the calendar ends


def can_be_reckoned(at: datetime) -> bool:
    """Whether every time zone can show it, and adding to it stays within the calendar."""
    return _FIRST_YEAR < at.year < _LAST_YEAR


class Clock:
    """The later of the wall clock and the last reading plus what has passed since on the monotonic clock.

    So a wall clock that is set back by a day does not stop deliveries for a day. ``wall`` returns an aware UTC
    datetime, ``monotonic`` seconds, and so does ``passed``, which also counts while the machine sleeps. The entry
    points pass the real ones. Hosts that share a database ``follow`` its clock instead of their own, which may differ.
    Thread-safe.
    """

    def __init__(
        self, wall: Callable[[], datetime], monotonic: Callable[[], float], passed: Callable[[], float] | None = None
    ) -> None:
        self._wall, self.monotonic, self.passed = wall, monotonic, passed or monotonic
        self._lock = Lock()
        self._seen, self._seen_at = wall(), monotonic()
        self._follows = False

    def now(self) -> datetime:
        """The present moment, an aware datetime in UTC; never earlier than any it gave before."""
        with self._lock:
            tick = self.monotonic()
            least = self._seen + timedelta(seconds=tick - self._seen_at)
            self._seen, self._seen_at = max(self._wall(), least), tick
            return self._seen

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the clock that it follows, which has been set back since; else nothing."""
        return max(self.now() - self._wall(), timedelta())

    def follow(self, moment: datetime) -> None:
        """Use the clock by which it is ``moment`` now, in place of the wall clock.

        The first call may set the time back, so make it before anything is decided by the time. Later calls do not.
        """
        with self._lock:
            tick = self.monotonic()
            self._wall = lambda: moment + timedelta(seconds=self.monotonic() - tick)
            if not self._follows:
                self._follows, self._seen, self._seen_at = True, moment, tick
