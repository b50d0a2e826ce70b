"""Strangers: an address that keeps sending invalid tokens is turned away after a while."""

from datetime import datetime, timedelta
from threading import Lock

from webapp.domain.refusal import Throttled
from webapp.services.people import throttle

_MANY = 1000  # addresses kept; beyond that, those that may try again are dropped


class Strangers:
    """The addresses that this process has turned away, remembered so that a flood of requests writes nothing."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def count(self, *, address: str | None, now: datetime) -> None:
        """Count one invalid token. Raises Throttled after 10 in 5 minutes from one address."""
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
