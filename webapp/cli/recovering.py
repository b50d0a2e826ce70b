"""The command that recovers a subscriber."""

from datetime import datetime
from typing import Any

import click

from webapp.cli._output import command
from webapp.cli._times import Moment, in_zone
from webapp.cli._who import who
from webapp.cli.subscribers import subscribers
from webapp.runtime import runtime
from webapp.services.queue import recovering
from webapp.services.queue.recovering import Recovered, Sort


@subscribers.command()
@click.argument("name")
@click.option(
    "--since",
    type=Moment(),
    help="Of what was posted from then on, such as 2026-03-02T09:00Z; and make what it never had.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Also what expired, and what may have arrived: that may come twice."
)
@command
def recover(*, name: str, since: datetime | None, everything: bool) -> dict[str, Any]:
    """Send NAME again what failed; with --since, also make what its filters want and it never had."""
    now, again, made, done = runtime().now(), 0, 0, Recovered(more=True)
    sorts = {Sort.FAILED} | ({Sort.UNKNOWN, Sort.EXPIRED} if everything else set()) | ({Sort.NEVER} if since else set())
    begin = in_zone(since, now) if since else None
    while done.more:
        done = recovering.recover(name=name, since=begin, sorts=sorts, by=who(), now=now)
        again, made = again + done.again, made + done.made
    return {"again": again, "made": made}


commands: list[click.Command] = []  # it belongs to the group ``subscribers``
