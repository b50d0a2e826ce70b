"""Changes states in bulk: all deliveries with the same next state go through one function of ``arrows``."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.delivery.lot import Kind, Written
from webapp.domain.delivery_state import DeliveryState as S
from webapp.models import arrows
from webapp.models.arrows import Change

_ARROWS: dict[S, Callable[..., set[str]]] = {
    S.SENT: arrows.sent,
    S.RETRYING: arrows.retry_later,
    S.UNDELIVERABLE: arrows.give_up,
    S.UNKNOWN: arrows.leave_open,
    S.CANCELLED: arrows.cancel,
    S.FILTERED: arrows.filter_out,
    S.HELD: arrows.hold,
    S.FOLDED: arrows.fold,
    S.QUEUED: arrows.put_back,
}


class Changes:
    """The moves that a transaction is going to make, grouped by next state and by who makes them."""

    def __init__(self) -> None:
        self._by_arrow: dict[tuple[S, str], list[Change]] = defaultdict(list)

    def add(self, state: S, by: str, change: Change) -> None:
        """Plan one delivery's move to ``state``."""
        self._by_arrow[state, by].append(change)

    def move(self, session: Session, *, now: datetime) -> Written:
        """Make all planned moves. A delivery whose lease we have lost stays as it is, and is counted as refused."""
        written = Written()
        for (state, by), changes in self._by_arrow.items():
            moved = _ARROWS[state](session, changes, now=now, by=by)
            written.ids[state].extend(sorted(moved))
            written.tally[by, state] += len(moved)
            written.refused += len(changes) - len(moved)
        return written


def waiting(kind: Kind) -> S:
    """The state in which an unsent delivery waits: for its first try, or for a later one."""
    return S.QUEUED if kind is Kind.FRESH else S.RETRYING
