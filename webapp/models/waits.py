"""Waits that people chose: quiet hours, digests, and e-mail only of what stays unread. Once the choice has changed,
what waits for it is due: whoever claims it decides again, and puts back what must still wait.

What another transaction is moving just now is left to that: two that waited for each other could deadlock.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.said import CHOSEN_TIMES
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.due import due_now
from webapp.models.leases import is_in

_delivery = table_of(Delivery)
_CHOSEN = sorted(reason.value for reason in CHOSEN_TIMES)
# Worded like the conditions of the indexes on what is due, by medium and time.
_BY_TIME = _delivery.c.subscriber_id.is_(None), _delivery.c.medium.in_(FOR_PEOPLE)


def decide_again_for(session: Session, *, user_id: int, now: datetime) -> None:
    """What waits because this person chose so is due now."""
    theirs = _delivery.c.user_id == user_id
    _due(session, S.QUEUED, theirs, now=now)  # has an index by person
    _due(session, S.RETRYING, theirs, *_BY_TIME, now=now)


def decide_again_on(session: Session, *, channel_id: int, now: datetime) -> None:
    """What waits on this channel because its recipients chose so is due now."""
    for state in (S.QUEUED, S.RETRYING):
        _due(session, state, _delivery.c.channel_id == channel_id, *_BY_TIME, now=now)


def _due(session: Session, state: S, *whose: ColumnElement[bool], now: datetime) -> None:
    waits = is_in(state), *whose, _delivery.c.reason.in_(_CHOSEN), _delivery.c.due_at > now
    wanted = select(_delivery.c.id).where(*waits).order_by(_delivery.c.id).with_for_update(skip_locked=True).cte()
    earlier = update(_delivery).where(_delivery.c.id.in_(select(wanted.c.id))).values(due_at=now)
    if session.scalars(earlier.returning(_delivery.c.id)).all():
        due_now(session, state)
