"""One's addresses, and how well they work: what was last sent by each medium, and what last failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.services.people.accounts import Person
from webapp.services.preferences import _lately

_WENT = (DeliveryState.SENT.value, DeliveryState.DELIVERED.value)
_FAILED = (DeliveryState.UNDELIVERABLE.value, DeliveryState.RETRYING.value, DeliveryState.UNKNOWN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a medium reaches a person. ``verified``: it is used; a phone is not used before its owner has verified it.
    ``went_at`` is when something was last handed over. If something failed since then, ``trouble`` is that delivery's
    state, ``trouble_at`` since when, and ``refused`` whether the address was the cause. Only recent copies are looked
    at."""

    medium: Medium
    address: str | None
    verified: bool
    went_at: datetime | None = None
    trouble: DeliveryState | None = None
    trouble_at: datetime | None = None
    refused: bool = False


def get(*, person: Person, now: datetime) -> list[Address]:
    """E-mail and phone."""
    rows = _ended(person.id, now)
    return [
        _address(Medium.EMAIL, person.email, rows),
        _address(Medium.SMS, person.phone, rows, verified=person.phone_verified_at is not None),
    ]


def _ended(user_id: int, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The person's recent deliveries that went out or failed, newest first."""
    copies, at = _lately.copies(user_id, now).subquery(), func.coalesce(Delivery.ended_at, Delivery.failed_at)
    found = select(Delivery.medium, Delivery.state, Delivery.reason, at.label("at"))
    found = found.join(copies, copies.c.id == Delivery.notification_id)
    found = found.where(Delivery.state.in_((*_WENT, *_FAILED)), at.is_not(None))
    return db.session.execute(found.order_by(at.desc(), Delivery.id.desc())).all()


def _address(
    medium: Medium, address: str | None, rows: Iterable[Row[*tuple[Any, ...]]], *, verified: bool = True
) -> Address:
    mine = [row for row in rows if row.medium == medium]
    last = mine[0] if mine and mine[0].state in _FAILED else None
    return Address(
        medium=medium,
        address=address,
        verified=verified,
        went_at=next((row.at for row in mine if row.state in _WENT), None),
        trouble=DeliveryState(last.state) if last else None,
        trouble_at=last.at if last else None,
        refused=last is not None and last.reason == Reason.RECIPIENT_REFUSED,
    )
