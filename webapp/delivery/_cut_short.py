"""A try whose outcome nobody saw, because the process that made it ended first."""

from datetime import datetime

from webapp.domain.envelope import Certainty
from webapp.domain.reason import Reason
from webapp.models.leases import Leased

_LONGEST_MS = 2**31 - 1  # what the column holds


def cut_short(
    leased: Leased, envelope_id: str | None, *, since: datetime, now: datetime, trigger: str, process: str
) -> dict[str, object]:
    """The attempt's row: the message may have arrived, and no retry is spent."""
    return {
        "envelope_id": envelope_id,
        "delivery_id": leased.id,
        "generation": leased.generation,
        "number": leased.failures + 1,
        "started_at": since,
        "ms": min(round((now - since).total_seconds() * 1000), _LONGEST_MS),
        "phase": "",
        "outcome": "temporary",
        "reason": Reason.PROCESS_DIED.value,
        "certainty": Certainty.MAY_HAVE_ARRIVED.value,
        "counted": False,
        "reply": "",
        "trigger": trigger,
        "process": process,
    }
