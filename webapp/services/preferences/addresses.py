"""One's addresses, and how well they are reached: what went last by each medium, and what failed last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.medium import Medium
from webapp.domain.wording import Reader
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.services._courses import COLUMNS, Way, way
from webapp.services.people.accounts import Person
from webapp.services.preferences import _lately

_WENT = (DeliveryState.SENT.value, DeliveryState.DELIVERED.value)
_FAILED = (DeliveryState.UNDELIVERABLE.value, DeliveryState.RETRYING.value, DeliveryState.UNKNOWN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a medium reaches a person. ``verified``: it is used; a phone is not before its owner has shown that it is
    theirs. ``went_at`` is when something was handed over last; ``trouble`` is what failed since then, if anything, and
    ``trouble_at`` when. Both are of what has come lately."""

    medium: Medium
    address: str | None
    verified: bool
    went_at: datetime | None = None
    trouble: Way | None = None
    trouble_at: datetime | None = None


def get(*, person: Person, now: datetime) -> list[Address]:
    """E-mail and phone."""
    rows = _ended(person.id, now)
    return [_address(person, medium, rows, now) for medium in (Medium.EMAIL, Medium.SMS)]


def _ended(user_id: int, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """What of theirs has gone or failed lately, the last on top."""
    copies, at = _lately.copies(user_id, now).subquery(), func.coalesce(Delivery.ended_at, Delivery.failed_at)
    found = select(*COLUMNS, at.label("at")).join(copies, copies.c.id == Delivery.notification_id)
    found = found.where(Delivery.state.in_((*_WENT, *_FAILED)), at.is_not(None))
    return db.session.execute(found.order_by(at.desc(), Delivery.id.desc())).all()


def _address(person: Person, medium: Medium, rows: Iterable[Row[*tuple[Any, ...]]], now: datetime) -> Address:
    mine = [row for row in rows if row.medium == medium]
    last = mine[0] if mine and mine[0].state in _FAILED else None
    return Address(
        medium=medium,
        address=person.email if medium is Medium.EMAIL else person.phone,
        verified=medium is Medium.EMAIL or person.phone_verified_at is not None,
        went_at=next((row.at for row in mine if row.state in _WENT), None),
        trouble=way(last, reader=Reader.RECIPIENT, now=now, who=person.display_name) if last else None,
        trouble_at=last.at if last else None,
    )
