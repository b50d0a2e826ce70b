"""The tries of one delivery from the log, each with a warning where its outcome is uncertain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from sqlalchemy import Select, or_, select

from webapp.domain.envelope import Certainty, Phase
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models.delivery import Move
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider

_attempt, _move, _provider = table_of(Attempt), table_of(Move), table_of(Provider)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTry:
    """One try. ``repeat``: the far side may have had the message already. Except for operators, ``provider``, ``far``
    (its host), ``phase``, ``phases``, ``reply``, ``process`` and ``envelope`` are empty."""

    id: int
    number: int
    generation: int
    at: datetime
    ms: int
    accepted: bool
    reason: Reason | None
    may_have_arrived: bool
    counted: bool
    repeat: bool
    provider: str = ""
    provider_version: int | None = None
    far: str = ""
    phase: str = ""
    phases: tuple[Phase, ...] = ()
    reply: str = ""
    process: str = ""
    envelope: str = ""


def statement(delivery_id: str) -> Select[Any]:
    """Every try of all envelopes that the delivery was ever in, with its provider; oldest first."""
    envelopes = select(_move.c.envelope_id).where(_move.c.delivery_id == delivery_id, _move.c.envelope_id.is_not(None))
    mine = or_(_attempt.c.delivery_id.is_(None), _attempt.c.delivery_id == delivery_id)
    tries = select(_attempt, _provider.c.name.label("provider"), _provider.c.settings)
    joined = tries.outerjoin(_provider, _attempt.c.provider_id == _provider.c.id)
    return joined.where(_attempt.c.envelope_id.in_(envelopes), mine).order_by(_attempt.c.id)


def past(rows: Sequence[Any], *, operator: bool, endpoint: Mapping[str, Any] | None = None) -> tuple[PastTry, ...]:
    """The tries from the rows of ``statement``, newest first. ``endpoint`` are the settings of the delivery's
    subscriber, which is tried without a provider."""
    far = host_of(endpoint)
    tries = [_try(row, repeat=doubts(rows[:n]), operator=operator, far=far) for n, row in enumerate(rows)]
    return tuple(reversed(tries))


def doubts(rows: Sequence[Any]) -> bool:
    """Whether the far side may have the message, so that sending it again may make a second copy."""
    return any(map(_may_be_there, rows))


def _may_be_there(row: Any) -> bool:
    return row.outcome == "accepted" or row.certainty == Certainty.MAY_HAVE_ARRIVED.value


def _try(row: Any, *, repeat: bool, operator: bool, far: str) -> PastTry:
    return PastTry(
        id=row.id,
        number=row.number,
        generation=row.generation,
        at=row.started_at,
        ms=row.ms,
        accepted=row.outcome == "accepted",
        reason=Reason(row.reason) if row.reason else None,
        may_have_arrived=row.certainty == Certainty.MAY_HAVE_ARRIVED.value,
        counted=row.counted,
        repeat=repeat,
        **(_wiring(row, far) if operator else {}),
    )


def _wiring(row: Any, far: str) -> dict[str, Any]:
    return {
        "provider": row.provider or "",
        "provider_version": row.provider_version,
        "far": far or far_side(row.settings, row.provider),
        "phase": row.phase,
        "phases": tuple(Phase(*one) for one in row.phases or ()),
        "reply": row.reply,
        "process": row.process,
        "envelope": row.envelope_id,
    }


def far_side(settings: Mapping[str, Any] | None, provider: str | None) -> str:
    """The far side's host, where the provider's settings name one; otherwise the provider's name."""
    host = cast(Mapping[str, Any], settings or {}).get("host")
    return str(host) if host else provider or "the far side"


def host_of(endpoint: Mapping[str, Any] | None) -> str:
    """The host of a subscriber's address, without the path, which may contain secrets; empty where there is no
    address."""
    try:
        return urlsplit(str((endpoint or {}).get("url", ""))).hostname or ""
    except ValueError:
        return ""
