"""What an operator can do with deliveries that need a person, many at once.

Each act is one transaction: of two people at the same deliveries, the later one changes nothing and is told so. Nothing
is sent here: dispatcher and resender are woken, in this process at once, in others by their next poll.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from blinker import NamedSignal
from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.ids import is_id
from webapp.extensions import db
from webapp.models import audit, by_hand
from webapp.models.by_hand import SENDABLE, Seen
from webapp.services.queue import _words as words
from webapp.services.queue._filters import FAILED, WAITING, Filters, Tab
from webapp.services.queue._rows import (
    MOST_COUNTED,
    PAGE,
    Page,
    QueueRow,
    counts,
    counts_of,
    matching,
    newest,
    one,
)

__all__ = [
    "FAILED", "MOST_COUNTED", "PAGE", "SENDABLE", "WAITING", "Filters", "Handled", "Page", "QueueRow", "Tab",
    "cancel", "counts", "counts_of", "mark_arrived", "matching", "newest", "one", "retry_now", "send_again",
    "send_again_matching",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Handled:
    """The ids for which it was done, and for each other one a sentence that says why not; in the order given."""

    done: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)


def send_again(
    *,
    ids: Sequence[str],
    by: str,
    now: datetime,
    only: Collection[DeliveryState] = SENDABLE,
    generation: int | None = None,
) -> Handled:
    """Send again what has ended: a new generation with all its tries and a new time to live, and a new envelope that
    names the old one. Due at once.

    This includes deliveries that were handed over. So a page passes the states in which it showed them (``only``) and
    their ``generation`` if it showed that: otherwise something that went out since the page was drawn would go twice.
    """
    with reading(db.session) as session:
        stand = by_hand.look(session, filter(is_id, ids))
    meant = {generation} if generation is not None else {was.generation for was in stand.values()}
    seen = {id: was for id, was in stand.items() if was.state in only and was.generation in meant}

    def move(session: Session, _ids: Sequence[str], *, now: datetime, by: str) -> list[str]:
        return by_hand.send_again(session, seen, now=now, by=by)

    handled = _act("sent again", move, words.SEND_AGAIN, ids=ids, by=by, now=now)
    return _told(signals.sent_again, handled)


def send_again_matching(*, filters: Filters, by: str, now: datetime) -> Handled:
    """Send again all that match and have ended before ``now``, at most MOST_COUNTED at a time, each lot in a
    transaction of its own."""
    states = SENDABLE & set(filters.states or SENDABLE)
    wanted = replace(filters, states=tuple(sorted(states)))
    handled = Handled()
    while ids := [id for id in _matching(wanted, now, len(handled.skipped)) if id not in handled.skipped]:
        lot = send_again(ids=ids, by=by, now=now, only=states)
        handled = Handled(handled.done + lot.done, {**handled.skipped, **lot.skipped})
    return handled


def _matching(filters: Filters, as_of: datetime, skipped: int) -> tuple[str, ...]:
    """The next matching ids; ``skipped`` ones still match and come first."""
    return matching(filters=filters, as_of=as_of, limit=MOST_COUNTED + skipped)


def retry_now(*, ids: Sequence[str], by: str, now: datetime) -> Handled:
    """Make retrying and held deliveries due now, in the same generation and envelope; their time to live continues."""
    return _told(signals.retried_now, _act("retried now", by_hand.retry_now, words.RETRY_NOW, ids=ids, by=by, now=now))


def cancel(*, ids: Sequence[str], by: str, now: datetime) -> Handled:
    """Cancel what has not left yet. A delivery that is being sent is not stopped."""
    return _told(signals.cancelled, _act("cancelled", by_hand.cancel, words.CANCEL, ids=ids, by=by, now=now))


def mark_arrived(*, ids: Sequence[str], by: str, now: datetime) -> Handled:
    """Settle unknown outcomes: a person has found out that the message arrived."""
    handled = _act("said to have arrived", by_hand.arrived, words.ARRIVED, ids=ids, by=by, now=now)
    return _told(signals.delivered, handled)


def _act(
    what: str,
    move: Callable[..., list[str]],
    why_not: Mapping[DeliveryState, str],
    *,
    ids: Sequence[str],
    by: str,
    now: datetime,
) -> Handled:
    """One transaction with the moves and the audit; also tells why the other ids were skipped, by their present
    state."""
    asked = list(dict.fromkeys(ids))
    known = [id for id in asked if is_id(id)]
    with writing(db.session) as session:
        moved = set(move(session, known, now=now, by=by))
        left = by_hand.look(session, [id for id in known if id not in moved])
        if moved:
            _note(session, what, sorted(moved), by=by, now=now)
    skipped = {id: _sentence(left.get(id), why_not) for id in asked if id not in moved}
    return Handled(tuple(id for id in asked if id in moved), skipped)


def _sentence(stands: Seen | None, why_not: Mapping[DeliveryState, str]) -> str:
    return why_not.get(stands.state, words.CHANGED) if stands else words.GONE


def _note(session: Session, what: str, ids: Sequence[str], *, by: str, now: datetime) -> None:
    """One line in the audit for all of them; the ledger has a line for each."""
    target = f"delivery:{ids[0]}" if len(ids) == 1 else "deliveries"
    audit.note(session, at=now, who=by, what=what, target=target, after={"count": len(ids), "first": ids[0]})


def _told(signal: NamedSignal, handled: Handled) -> Handled:
    if handled.done:
        signals.tell(signal, ids=handled.done)
    return handled
