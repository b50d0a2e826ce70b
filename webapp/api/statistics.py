"""How the house fares, in numbers: the queue, those who send, and what runs by the clock."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from webapp.api._door import Door
from webapp.api._schemas import Closed
from webapp.api._values import Moment, medium, one_of
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.reason import Reason
from webapp.domain.scope import Scope
from webapp.jobs import numbers
from webapp.runtime import runtime
from webapp.services.providers import provider_setup
from webapp.services.queue import statistics
from webapp.services.running import jobs
from webapp.services.running.jobs import JobView

door = Door("statistics", __name__, description="The queue, the providers and the jobs, in numbers.")


class _StatesBase(Closed):
    """How many deliveries are in each state."""


StatesSchema: type[Schema] = _StatesBase.from_dict(
    {state.value: fields.Integer(required=True) for state in DeliveryState}, name="StatesSchema"
)


class ReasonCountSchema(Closed):
    """How many deliveries stand so for one reason."""

    reason = one_of(*Reason, required=True, allow_none=True)
    count = fields.Integer(required=True)


class OfNameSchema(Closed):
    """How many deliveries of one name are in each state, of the newest 500 in it."""

    name = fields.String(required=True)
    states = fields.Nested(StatesSchema, required=True)


def _reasons(told: str) -> fields.List:
    return fields.List(fields.Nested(ReasonCountSchema), required=True, metadata={"description": told})


def _by_name() -> fields.List:
    return fields.List(fields.Nested(OfNameSchema), required=True)


class QueueSchema(Closed):
    """The queue."""

    deliveries = fields.Integer(required=True)
    states = fields.Nested(StatesSchema, required=True, metadata={"description": "Each counted to 10,000."})
    more = fields.List(
        one_of("due", *DeliveryState), required=True,
        metadata={"description": "What there is more of than was counted."},
    )  # fmt: skip
    due = fields.Integer(required=True, metadata={"description": "How many could go now."})
    oldest_due_at = Moment(required=True, allow_none=True)
    oldest_due_s = fields.Float(required=True, allow_none=True)
    held = _reasons("What is held, of the newest 500; the most first.")
    held_since = Moment(required=True, allow_none=True, metadata={"description": "When the oldest was posted."})
    failed = _reasons("What is undeliverable or unknown, of the newest 500 of each.")
    failed_24_hours = _reasons("What of it ended so in the last 24 hours.")
    failed_7_days = _reasons("What of it ended so in the last 7 days.")
    types = _by_name()
    media = _by_name()
    channels = _by_name()


class ProviderHealthSchema(Closed):
    """How a provider fares."""

    name = fields.String(required=True)
    kind = fields.String(required=True)
    medium = medium(required=True)
    role = one_of("primary", "fallback", "inactive", required=True)
    last_success_at = Moment(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    last_error_at = Moment(required=True, allow_none=True)
    streak = fields.Integer(required=True, metadata={"description": "Faults in a row."})
    paused = one_of(*Reason, required=True, allow_none=True, metadata={"description": "Why nothing is sent by it."})
    paused_until = Moment(required=True, allow_none=True)
    rests_until = Moment(required=True, allow_none=True, metadata={"description": "The far side wants no more before."})
    stand_in = fields.String(required=True, allow_none=True, metadata={"description": "Who sends meanwhile."})


class JobSchema(Closed):
    """A job with its last run."""

    name = fields.String(required=True)
    every_s = fields.Float(required=True, allow_none=True, metadata={"description": "Seconds; null: once a night."})
    batch = fields.Integer(required=True, allow_none=True)
    paused = fields.String(required=True, allow_none=True, metadata={"description": "Why nobody runs it."})
    paused_until = Moment(required=True, allow_none=True)
    last_at = Moment(required=True, allow_none=True)
    done = fields.Integer(required=True, allow_none=True)
    failed = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    next_at = Moment(required=True, allow_none=True)


class StatisticsSchema(Closed):
    """All of it."""

    queue = fields.Nested(QueueSchema, required=True)
    providers = fields.List(fields.Nested(ProviderHealthSchema), required=True)
    jobs = fields.List(fields.Nested(JobSchema), required=True)


@door.operation("GET", "/statistics", scope=Scope.STATISTICS_READ, gives=StatisticsSchema)
def index() -> Any:
    """All numbers, as they are now."""
    here = runtime()
    now = here.now()
    timetable = jobs.listed(numbers=numbers(here.settings), now=now)
    return {
        "queue": _queue(statistics.count(now=now)),
        "providers": provider_setup.listed(now=now, vault=here.vault),
        "jobs": [_job(view) for view in timetable],
    }


def _queue(counted: statistics.Statistics) -> dict[str, Any]:
    same = ("deliveries", "states", "more", "due", "oldest_due_at", "oldest_due_s", "held_since")
    reasons = ("held", "failed", "failed_24_hours", "failed_7_days")
    return {
        **{name: getattr(counted, name) for name in same},
        **{name: _of_reasons(getattr(counted, name)) for name in reasons},
        **{name: _of_names(getattr(counted, name)) for name in ("types", "media", "channels")},
    }


def _of_reasons(counted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"reason": reason or None, "count": n} for reason, n in counted.items()]


def _of_names(counted: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    none = {state.value: 0 for state in DeliveryState}
    return [{"name": name, "states": {**none, **states}} for name, states in counted.items()]


def _job(view: JobView) -> dict[str, Any]:
    last, order = view.last, view.order
    return {
        **{name: getattr(view, name) for name in ("name", "every_s", "batch", "next_at")},
        "paused": order.paused_reason,
        "paused_until": order.paused_until,
        "last_at": last.ended_at if last else None,
        **{name: getattr(last, name, None) for name in ("done", "failed", "error")},
    }
