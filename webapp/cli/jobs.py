"""Commands for the timed jobs: how they fare, and what an operator of the machine orders of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from webapp.cli._output import command
from webapp.cli._times import Duration
from webapp.cli._who import who
from webapp.domain.refusal import Refused
from webapp.jobs import numbers
from webapp.runtime import runtime
from webapp.services.running import job_orders
from webapp.services.running import jobs as timed
from webapp.services.running.jobs import JobView, Run, Runner


@click.group()
def jobs() -> None:
    """Jobs: what runs by the clock."""


@jobs.command("list")
@command
def show() -> list[dict[str, Any]]:
    """List the jobs with their last runs and what is ordered of them."""
    here = runtime()
    now = here.now()
    alive = [runner for runner in timed.runners(now=now) if runner.alive]
    return [_plain(view, alive) for view in timed.listed(numbers=numbers(here.settings), now=now)]


@jobs.command("runners")
@command
def runners() -> list[Runner]:
    """List the processes that run jobs."""
    return timed.runners(now=runtime().now())


@jobs.command("runs")
@click.argument("name")
@command
def runs(*, name: str) -> list[Run]:
    """List the last runs of the job NAME, the newest first."""
    return timed.runs(job=job_orders.named(name))


@jobs.command("run")
@click.argument("name")
@command
def run(*, name: str) -> Mapping[str, str]:
    """Ask whichever process runs NAME for a run at once."""
    job_orders.run_now(job=name, **_by())
    return {"asked_for": name}


@jobs.command("pause")
@click.argument("name")
@click.option("--reason", required=True, help="Why; everybody who looks reads it.")
@click.option("--for", "for_", type=Duration(), help="How long, such as 2h; without it until somebody resumes it.")
@command
def pause(*, name: str, reason: str, for_: timedelta | None) -> dict[str, Any]:
    """Let no process run NAME."""
    until = None if for_ is None else _after(runtime().now(), for_)
    job_orders.pause(job=name, reason=reason, until=until, **_by())
    return {"paused": name, "until": until}


@jobs.command("resume")
@click.argument("name")
@command
def resume(*, name: str) -> Mapping[str, str]:
    """Let NAME run again."""
    job_orders.resume(job=name, **_by())
    return {"resumed": name}


@jobs.command("set")
@click.argument("name")
@click.option("--every", type=float, help="Seconds between two looks; without it as the settings say.")
@click.option("--batch", type=int, help="Deliveries claimed at once; without it as the settings say.")
@command
def change(*, name: str, every: float | None, batch: int | None) -> dict[str, Any]:
    """Let every process run NAME so often and so many at once."""
    job_orders.change(job=name, every_s=every, batch=batch, **_by())
    return {"job": name, "every_s": every, "batch": batch}


def _after(now: datetime, for_: timedelta) -> datetime:
    try:
        return now + for_
    except OverflowError:
        raise Refused({"for": "This is longer than Belfry can reckon: leave it out instead."}) from None


def _plain(view: JobView, alive: list[Runner]) -> dict[str, Any]:
    last = view.last
    return {
        "name": view.name.value,
        "every_s": view.every_s,
        "batch": view.batch,
        "paused": view.order.paused_reason,
        "paused_until": view.order.paused_until,
        "last_at": last.ended_at if last else None,
        "done": last.done if last else None,
        "failed": last.failed if last else None,
        "error": last.error if last else None,
        "next_at": view.next_at,
        "run_by": [f"{runner.host}:{runner.pid}" for runner in alive if view.name in runner.jobs],
    }


def _by() -> dict[str, Any]:
    return {"by": who(), "now": runtime().now()}


commands = [jobs]
