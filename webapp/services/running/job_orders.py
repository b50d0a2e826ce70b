"""Administrators' orders for the jobs: run now, pause, another interval or batch. Every process obeys them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from webapp.database import reading, writing
from webapp.domain.clock import can_be_reckoned
from webapp.domain.job import LARGEST_BATCH, LONGEST_REASON, LONGEST_S, SHORTEST_S, Job
from webapp.domain.refusal import Conflict, Missing, Refused, refuse_if
from webapp.domain.text import problem_in_line
from webapp.extensions import db
from webapp.models import audit
from webapp.models import job as rows
from webapp.models.job import Order
from webapp.services.running import jobs

NOTHING = Order()
_NO_PAUSE: dict[str, Any] = dict.fromkeys(("paused_reason", "paused_until", "paused_at", "paused_by"))


def current(*, now: datetime) -> Mapping[str, Order]:
    """The present orders, by the jobs' names; most jobs have none."""
    with reading(db.session) as session:
        return rows.orders(session, now)


def order(*, job: str, now: datetime) -> Order:
    """The present order for one job."""
    return current(now=now).get(job, NOTHING)


def is_paused(*, job: str, now: datetime) -> bool:
    """Whether an administrator has paused it."""
    return order(job=job, now=now).paused


def refuse_paused(*, jobs: Collection[str], now: datetime) -> None:
    """Raises Conflict where an administrator has paused one of them."""
    ordered = current(now=now)
    for job in jobs:
        if (found := ordered.get(job, NOTHING)).paused:
            raise Conflict({"job": f"The {job} is paused ({found.paused_reason}): resume it first."})


def take_wanted(*, job: str) -> bool:
    """Take over the run that a person has asked for; of several processes only one gets True."""
    with writing(db.session) as session:
        return rows.take_wanted(session, job)


def run_now(*, job: str, by: str, now: datetime) -> None:
    """Ask whichever process runs the job for a run now. Raises Missing, and Conflict where it cannot run."""
    job = named(job)
    if is_paused(job=job, now=now):
        raise Conflict({"job": f"The {job} is paused: resume it first."})
    if not any(runner.alive and job in runner.jobs for runner in jobs.runners(now=now)):
        raise Conflict({"job": f"No process runs the {job} now. Start one with BELFRY_JOBS=all, or {job}."})
    with writing(db.session) as session:
        rows.change_order(session, job, wanted_at=now)
        audit.note(session, at=now, who=by, what="job run asked for", target=_target(job))


def pause(*, job: str, reason: str, until: datetime | None = None, by: str, now: datetime) -> None:
    """Let no process run the job until somebody resumes it or ``until`` has come. Raises Refused, Missing."""
    job, reason = named(job), reason.strip()
    refuse_if(
        {
            "reason": problem_in_line(reason, longest=LONGEST_REASON),
            "until": _problem_in_end(until, now) if until else None,
        }
    )
    pausing = {"paused_reason": reason, "paused_until": until, "paused_at": now, "paused_by": by, "wanted_at": None}
    _order(job, pausing, what="job paused", reason=reason, by=by, now=now)


def _problem_in_end(until: datetime, now: datetime) -> str | None:
    if until <= now:
        return "That has gone by already: choose a later time, or none."
    return None if can_be_reckoned(until) else "This is further away than Belfry can reckon: choose none instead."


def resume(*, job: str, by: str, now: datetime) -> None:
    """Let the job run again. Raises Missing, and Conflict where it is not paused."""
    job = named(job)
    if not is_paused(job=job, now=now):
        raise Conflict({"job": f"The {job} is not paused."})
    _order(job, _NO_PAUSE, what="job resumed", by=by, now=now)


def change(*, job: str, every_s: float | None, batch: int | None, by: str, now: datetime) -> None:
    """Let every process run the job at this interval and with this batch; None: as in its settings.

    Raises Missing, and Refused where a number is out of range or the job does not have it.
    """
    job = named(job)
    if not job.sends:
        raise Refused({"job": "The truncation runs at 03:00 UTC: it has neither an interval nor a batch."})
    refuse_if({"every_s": _problem_in_interval(every_s), "batch": _problem_in_batch(batch)})
    _order(job, {"every_s": every_s, "batch": batch}, what="job changed", by=by, now=now)


def named(job: str) -> Job:
    """The job of that name. Raises Missing."""
    if job not in set(Job):
        raise Missing({"job": f"There is no job named “{job[:30]}”: there are {', '.join(Job)}."})
    return Job(job)


def _order(job: Job, values: dict[str, Any], *, what: str, by: str, now: datetime, reason: str | None = None) -> None:
    with writing(db.session) as session:
        before = rows.orders(session, now).get(job, NOTHING)
        rows.change_order(session, job, **values)
        was = {name: _plain(getattr(before, name)) for name in values if name != "wanted_at"}
        became = {name: _plain(values[name]) for name in was}
        audit.note(session, at=now, who=by, what=what, target=_target(job), before=was, after=became, reason=reason)


def _problem_in_interval(every_s: float | None) -> str | None:
    if every_s is None or SHORTEST_S <= every_s <= LONGEST_S:
        return None
    return f"From {SHORTEST_S:g} to {LONGEST_S:g} seconds, please; empty for what the settings say."


def _problem_in_batch(batch: int | None) -> str | None:
    if batch is None or 1 <= batch <= LARGEST_BATCH:
        return None
    return f"From 1 to {LARGEST_BATCH} deliveries, please; empty for what the settings say."


def _target(job: str) -> str:
    return f"job:{job}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
