"""Commands of the engine: the queue, one delivery, and one pass of each job."""

from typing import Any

import click
from flask import current_app

from webapp.cli._output import command
from webapp.runtime import engine, runtime
from webapp.services import deliveries as queue
from webapp.services import dispatching, truncation
from webapp.services.deliveries import DeliveryDetail, DeliveryRow


@click.command()
@click.option("--state", help="Only those in this state.")
@click.option("--message", help="Only those of the message with this id.")
@command
def deliveries(state: str | None, message: str | None) -> list[DeliveryRow]:
    """List deliveries, oldest first."""
    return queue.listed(state=state, message=message)


@click.command()
@click.argument("id_", metavar="ID")
@command
def delivery(id_: str) -> DeliveryDetail:
    """Show a delivery with its envelope, attempts and moves."""
    return queue.get(id=id_)


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


commands = [deliveries, delivery, dispatch, retry, truncate]
