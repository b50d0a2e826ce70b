"""Why a delivery was sent or not: the last decision with its facts, and what would be decided now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.database import reading
from webapp.delivery.load import facts, load
from webapp.delivery.lot import Kind, Loaded
from webapp.domain.decision import as_record, decide, facts_of
from webapp.domain.ids import is_id
from webapp.domain.refusal import Missing
from webapp.domain.text import storable
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.leases import LEASED_COLUMNS, Leased


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``decided`` is the last decision with its ``facts``, as stored; None where there was none yet."""

    delivery: str
    state: str
    reason: str | None
    decided: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed(Explanation):
    """With the decision that would be taken ``now``, and the differences: what differs, ``then`` and ``now``."""

    now: Mapping[str, Any]
    differences: tuple[Mapping[str, Any], ...]


def explain(*, id: str) -> Explanation:
    """The last decision on a delivery. Raises Missing."""
    with reading(db.session):
        return Explanation(**_kept(id))


def replay(*, id: str, now: datetime) -> Replayed:
    """The same, and the decision taken again on the present facts. Writes nothing. Raises Missing."""
    with reading(db.session) as session:
        kept, again = _kept(id), _decide_again(session, id, now)
    return Replayed(**kept, now=again, differences=tuple(_differences(kept["decided"], again)))


def _kept(id: str) -> dict[str, Any]:
    columns = Delivery.state, Delivery.reason, Delivery.evidence
    row = db.session.execute(select(*columns).where(Delivery.id == id)).one_or_none() if is_id(id) else None
    if row is None:
        raise Missing({"id": f"There is no delivery {storable(id, longest=40)}."})
    decided = _whole(row.evidence) if row.evidence and "facts" in row.evidence else None
    return {"delivery": id, "state": row.state, "reason": row.reason, "decided": decided}


def _decide_again(session: Session, id: str, now: datetime) -> dict[str, Any]:
    known = facts(_as_if_claimed(session, id, now), now)
    return _whole(as_record(known, decide(known)))


def _whole(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**record, "facts": facts_of(record)}


def _as_if_claimed(session: Session, id: str, now: datetime) -> Loaded:
    """The delivery as the engine would load it after a claim. It keeps its envelope, as at a retry."""
    row = session.execute(select(*LEASED_COLUMNS).where(Delivery.id == id)).one()
    leased = Leased(*row)
    [loaded] = load(session, [leased], Kind.LATER if leased.envelope_id else Kind.FRESH, now=now)
    return loaded


def _differences(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Differences between the decisions, and between all their facts except the time."""
    if then is None:
        return []
    facts_then, facts_now = then["facts"], now["facts"]
    names = [name for name in {**facts_then, **facts_now} if name != "now"]
    pairs = [(what, then[what], now[what]) for what in ("action", "reason", "at")]
    pairs += [(name, facts_then.get(name), facts_now.get(name)) for name in names]
    return [{"of": what, "then": was, "now": is_} for what, was, is_ in pairs if was != is_]
