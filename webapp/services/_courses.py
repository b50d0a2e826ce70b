"""How deliveries have gone, read from their rows; the inbox and the list of sent messages both show it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, ScalarSelect, func, select

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.wording import Course, Reader, Sentence, about
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider
from webapp.models.subscriber import Subscriber
from webapp.models.user import User

COLUMNS = (
    Delivery.id.label("delivery"),
    Delivery.state,
    Delivery.medium,
    Delivery.reason,
    Delivery.due_at,
    Delivery.ended_at,
)
# Whom a delivery is for: a person, or a subscriber by its name; see ``with_recipients``.
RECIPIENT = (
    func.coalesce(User.display_name, Subscriber.name).label("display_name"),
    User.username,
    Delivery.subscriber_id.label("subscriber"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """How a notification went by one medium, in words for one reader; ``delivery`` is its id."""

    delivery: str
    medium: Medium
    state: DeliveryState
    sentence: Sentence


def way(row: Row[*tuple[Any, ...]], *, reader: Reader, now: datetime, **names: Any) -> Way:
    """From the row of a statement that selects COLUMNS; ``names`` are further values for the Course."""
    course = Course(
        state=DeliveryState(row.state),
        medium=Medium(row.medium),
        reason=Reason(row.reason) if row.reason else None,
        due_at=row.due_at,
        since=row.ended_at,
        **names,
    )
    return Way(row.delivery, course.medium, course.state, about(course, reader=reader, now=now))


@cache
def provider_name() -> ScalarSelect[str]:
    """A column for a statement on deliveries: the name of the provider that last tried the present envelope."""
    return (
        select(Provider.name)
        .join(Attempt, Attempt.provider_id == Provider.id)
        .where(Attempt.envelope_id == Delivery.envelope_id)
        .order_by(Attempt.id.desc())
        .limit(1)
        .correlate(Delivery)
        .scalar_subquery()
    )


def with_recipients(deliveries: Any) -> Any:
    """``deliveries``, a join or a statement, joined with each delivery's person or subscriber."""
    people = deliveries.outerjoin(table_of(User), Delivery.user_id == User.id)
    return people.outerjoin(table_of(Subscriber), Delivery.subscriber_id == Subscriber.id)
