"""Rates: how many requests a token may make in a minute, over all processes through one table.

Each process takes a lot (a twentieth of the limit) in advance, so that not every read has to write. Nobody ever gets
more than the limit; somebody may get a little less where several processes hold unused parts. While another transaction
writes for long, reads are not made to wait: they are allowed, and counted with the next lot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from webapp.database import STORAGE_TROUBLE, writing, writing_at_once
from webapp.extensions import db
from webapp.models import allowance
from webapp.models.allowance import Used

WINDOW = timedelta(minutes=1)
_LOTS = 20  # lots per limit
_MANY = 1000  # tokens kept; beyond that, those whose minute is over are dropped


@dataclass(frozen=True, slots=True)
class Standing:
    """A token after a request: whether it was allowed, and how many more are until ``until``, as far as this process
    knows."""

    allowed: bool
    most: int
    left: int
    until: datetime


@dataclass(slots=True)
class _Lot:
    """What this process has taken in the minute that ends at ``until``, and what was left for all processes after
    that."""

    until: datetime
    unspent: int
    left: int

    def over(self, now: datetime) -> bool:
        return not now < self.until <= now + WINDOW


class Rates:
    """The lots of one process, for all its threads. ``most`` requests a minute; 0 means any number."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lots: dict[int, _Lot] = {}
        self._owed: dict[int, int] = {}
        self._lock = Lock()

    def count(self, *, token_id: int, now: datetime, reads: bool = False) -> Standing | None:
        """Count one request. Writes once per lot, and not at all once the limit is used up.

        Returns None where there is no limit, and for a ``reads`` request that cannot be counted without waiting for the
        database. Raises STORAGE_TROUBLE for other requests.
        """
        if not self.most:
            return None
        if standing := self._from_lot(token_id, now):
            return standing
        try:
            return self._from_another(token_id, now, waits=not reads)
        except STORAGE_TROUBLE:
            if not reads:
                raise
        with self._lock:
            self._owed[token_id] = self._owed.get(token_id, 0) + 1
        return None

    def _from_lot(self, token_id: int, now: datetime) -> Standing | None:
        with self._lock:
            lot = self._lots.get(token_id)
            if lot is None or lot.over(now) or (lot.left and not lot.unspent):
                return None
            return self._spend(lot)

    def _from_another(self, token_id: int, now: datetime, *, waits: bool) -> Standing:
        size, owed = max(1, self.most // _LOTS), min(self._owed.get(token_id, 0), self.most - 1)
        asked = {"most": self.most, "window": WINDOW, "now": now, "waits": waits}
        taken, used = take(key=f"token:{token_id}", amount=size + owed, **asked)
        with self._lock:
            self._owed.pop(token_id, None)
            lot = self._lots.get(token_id)
            if lot is None or lot.until != used.resets_at:
                lot = self._lots[token_id] = _Lot(used.resets_at, 0, used.remaining)
                self._forget(now)
            lot.unspent, lot.left = lot.unspent + max(0, taken - owed), min(lot.left, used.remaining)
            return self._spend(lot)

    def _spend(self, lot: _Lot) -> Standing:
        allowed = lot.unspent > 0
        lot.unspent -= allowed
        return Standing(allowed, self.most, lot.left + lot.unspent, lot.until)

    def _forget(self, now: datetime) -> None:
        if len(self._lots) > _MANY:
            self._lots = {token_id: lot for token_id, lot in self._lots.items() if not lot.over(now)}


def take(*, key: str, amount: int, most: int, window: timedelta, now: datetime, waits: bool = True) -> tuple[int, Used]:
    """Take up to ``amount`` of what ``key`` is allowed, as much as is left. Returns what was taken, and the state after
    it. Without ``waits``, raises STORAGE_TROUBLE at once while another transaction writes."""
    asked = {"key": key, "most": most, "window": window, "now": now}
    begin = writing if waits else writing_at_once
    with begin(db.session) as session:
        used = allowance.use(session, amount=amount, **asked)
        if not used.allowed and used.remaining:
            amount = used.remaining
            used = allowance.use(session, amount=amount, **asked)
        return (amount if used.allowed else 0), used
