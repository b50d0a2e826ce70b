"""The command that says why."""

import click

from webapp.cli._output import command
from webapp.runtime import runtime
from webapp.services.queue import explaining
from webapp.services.queue.explaining import Explanation


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--replay", is_flag=True, help="Decide once more on what is so now, and show what differs.")
@command
def explain(id_: str, *, replay: bool) -> Explanation:
    """Say why a delivery was sent, or was not: the last decision, and the facts it rested on."""
    return explaining.replay(id=id_, now=runtime().now()) if replay else explaining.explain(id=id_)


commands = [explain]
