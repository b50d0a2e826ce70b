"""Later words: what far sides report of envelopes after taking them; stored there, and applied to the deliveries
inside.

A later word may come before the try that it is about has been written down: it is stored then, and whoever writes that
try applies it. Both lock the envelope before they look for the other's part, so neither misses the other.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.later_word import LaterWord
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models.arrows import move_where
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope
from webapp.models.leases import is_in

BY = "callback"
_delivery, _envelope = table_of(Delivery), table_of(Envelope)


def keep(session: Session, word: LaterWord, *, envelope_id: str, now: datetime) -> None:
    """Store the latest word on an envelope, and lock that. Words may overtake each other: "still under way" changes
    nothing once the end was reported, and of two ends the first one stays."""
    one = _envelope.c.id == envelope_id
    locked = select(_envelope.c.far_state).where(one).with_for_update(key_share=True)
    if session.scalar(locked) not in {None, word.state}:
        return
    values = {
        "far_state": word.state.value if word.state else None,
        "far_reason": word.reason.value if word.reason else None,
        "far_status": word.status,
        "far_code": word.code or None,
        "far_words": word.words or None,
        "far_at": now,
    }
    session.execute(update(_envelope).where(one).values(values))


def obey(session: Session, envelope_ids: Collection[str], *, now: datetime) -> dict[S, list[str]]:
    """sent → delivered | undeliverable: apply the stored words to the deliveries in these envelopes.

    What was sent again meanwhile is in another envelope, or waits for one, and is not touched. Returns the ids by their
    new state.
    """
    told = select(_envelope.c.id, _envelope.c.far_state, _envelope.c.far_reason)
    told = told.where(_envelope.c.id.in_(envelope_ids)).order_by(_envelope.c.id).with_for_update(key_share=True)
    moved: dict[S, list[str]] = {}
    for row in session.execute(told).all():
        if row.far_state:
            became, reason = S(row.far_state), Reason(row.far_reason) if row.far_reason else None
            inside = is_in(S.SENT), _delivery.c.envelope_id == row.id
            moved.setdefault(became, []).extend(
                move_where(session, S.SENT, became, *inside, at=now, by=BY, reason=reason)
            )
    return moved
