"""What providers are used for: how much of their pace is used up, and how their tries went, hour by hour."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.models._among import among_given
from webapp.models._columns import insert_or, table_of
from webapp.models.provider import ProviderHealth, ProviderHour

_health, _hour = table_of(ProviderHealth), table_of(ProviderHour)
_LOCKED = (
    select(_health.c.provider_id, _health.c.paced_until)
    .where(among_given(_health.c.provider_id))
    .order_by(_health.c.provider_id)
    .with_for_update()
)


def lock(session: Session, ids: Collection[int]) -> Mapping[int, datetime | None]:
    """Lock the health of these providers for this transaction. Returns up to when the pace of each is used up.

    In the order of their ids: two processes that locked them in different orders could deadlock.
    """
    return {row.provider_id: row.paced_until for row in session.execute(_LOCKED, {"ids": list(ids)})}


def use_pace(session: Session, *, provider_id: int, until: datetime) -> None:
    """Write up to when a provider's pace is used up. The caller holds ``lock``."""
    session.execute(update(_health).where(_health.c.provider_id == provider_id).values(paced_until=until))


def count_tries(session: Session, *, provider_id: int, at: datetime, accepted: int, failed: int) -> None:
    """Add tries to the hour of ``at``: those accepted, and those that failed by the provider's own fault."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    tries = {"provider_id": provider_id, "hour": hour, "accepted": accepted, "failed": failed}
    session.execute(_upsert(insert_or(session)), tries)


@cache
def _upsert(insert: Any) -> Any:
    new = insert(_hour)
    sums = {name: _hour.c[name] + new.excluded[name] for name in ("accepted", "failed")}
    return new.on_conflict_do_update(index_elements=["provider_id", "hour"], set_=sums)


def delete_hours(session: Session, *, before: datetime, limit: int) -> int:
    """Delete what was counted for at most ``limit`` hours that began before ``before``. Gives how many hours went."""
    old = session.scalars(select(_hour.c.hour).where(_hour.c.hour < before).distinct().limit(limit)).all()
    if old:
        session.execute(delete(_hour).where(_hour.c.hour.in_(old)))
    return len(old)


def forget(session: Session, *, provider_id: int) -> None:
    """Delete all that was counted for a provider."""
    session.execute(delete(_hour).where(_hour.c.provider_id == provider_id))
