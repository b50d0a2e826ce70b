"""Commands of the engine: the queue, and one pass of each job."""

from typing import Any

import click
from flask import current_app

from webapp.cli._output import command
from webapp.domain.refusal import Refused
from webapp.runtime import engine, runtime
from webapp.services.queue import deliveries
from webapp.services.queue.queue import FAILED, WAITING
from webapp.services.running import dispatching, truncation

_LARGEST = 1_000_000  # deliveries in one list: they are all in memory at once


@click.command("deliveries")
@click.option("--state", help="Only those in this state.")
@click.option("--failed", is_flag=True, help="Only what needs a person: undeliverable and unknown.")
@click.option("--pending", is_flag=True, help="Only what still goes on by itself.")
@click.option("--message", help="Only those of the message with this id.")
@click.option("--by-type", is_flag=True, help="Count them by type of message and state instead.")
@click.option(
    "--limit", type=click.IntRange(1, _LARGEST), default=deliveries.MOST_LISTED, help="So many at most (10000)."
)
@command
def list_deliveries(
    state: str | None, message: str | None, limit: int, *, failed: bool, pending: bool, by_type: bool
) -> list[Any]:
    """List deliveries, oldest first."""
    if sum((state is not None, failed, pending)) > 1:
        raise Refused({"state": "Give one of --state, --failed and --pending."})
    states = FAILED if failed else WAITING if pending else (state,) if state is not None else ()
    if by_type:
        return deliveries.by_type(states=states, message=message)
    rows = deliveries.listed(states=states, message=message, limit=limit + 1)
    if len(rows) > limit:
        click.echo(f"There are more than {limit}: these are the oldest. Ask for more by --limit.", err=True)
    return rows[:limit]


@click.command()
@command
def dispatch() -> dict[str, int]:
    """Make the first try of everything that is due now, and count what came of it."""
    return _one_pass("dispatcher")


@click.command()
@command
def retry() -> dict[str, int]:
    """Make the later tries that are due now, and count what came of them."""
    return _one_pass("resender")


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@command
def truncate(*, dry_run: bool) -> Any:
    """Forget what is older than it is kept for."""
    made = runtime()
    return truncation.truncate(now=made.now(), keep_months=made.settings.keep_months, dry_run=dry_run)


def _one_pass(kind: str) -> dict[str, int]:
    app = current_app._get_current_object()  # pyright: ignore[reportAttributeAccessIssue]
    return dispatching.one_pass(engine=engine(app), kinds=[kind])


commands = [list_deliveries, dispatch, retry, truncate]
