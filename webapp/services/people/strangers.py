"""Strangers: whoever calls with tokens that are good for nothing is turned away by their address after a while."""

from datetime import datetime, timedelta
from threading import Lock

from webapp.domain.refusal import Throttled
from webapp.services.people import throttle

_MANY = 1000  # addresses after which those are forgotten that may try again


class Strangers:
    """Those that one process remembers to have turned away, so that a flood of theirs writes nothing any more."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def count(self, *, address: str | None, now: datetime) -> None:
        """Count one token that was good for nothing. Raises Throttled after 10 in 5 minutes from one address."""
        key = throttle.caller(address)
        self._refuse(key, now)
        try:
            throttle.count(keys=(key,), now=now, field="token")
        except Throttled as throttled:
            self._remember(key, now + timedelta(seconds=throttled.retry_after or 0), now)
            raise

    def _refuse(self, key: str, now: datetime) -> None:
        with self._lock:
            until = self._until.get(key)
        if until and now < until <= now + throttle.WINDOW:
            raise throttle.throttled("token", wait=until - now)

    def _remember(self, key: str, until: datetime, now: datetime) -> None:
        with self._lock:
            if len(self._until) > _MANY:
                self._until = {other: end for other, end in self._until.items() if end > now}
            self._until[key] = until
