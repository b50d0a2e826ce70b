"""Commands for mappings of events."""

from typing import Any

import click

from webapp.cli._output import command
from webapp.cli._who import who
from webapp.domain.event_rule import EVERYTHING, EventRule
from webapp.runtime import runtime
from webapp.services.posting import mappings as service
from webapp.services.posting.mappings import MappingView


@click.group()
def mappings() -> None:
    """Mappings: onto which channel the events of other systems are posted."""


@mappings.command("list")
@click.option("--type", "type_", help="Only the one that would take an event of this type …")
@click.option("--source", default="", help="… from there.")
@command
def show(type_: str | None, source: str) -> list[dict[str, Any]]:
    """List the mappings in the order in which they are asked."""
    if type_ is None:
        return [_row(view) for view in service.listed()]
    taking = service.taking(type=type_, source=source)
    return [_row(taking)] if taking else []


@mappings.command()
@click.argument("channel")
@click.option("--type", "type_", default=EVERYTHING, show_default=True, help="The events' type; * is anything.")
@click.option("--source", default=EVERYTHING, show_default=True, help="Where they come from; * is anything.")
@click.option(
    "--to", multiple=True, metavar="WHO", help="A username or role:operator; several. None: only subscribers."
)
@command
def add(channel: str, type_: str, source: str, to: tuple[str, ...]) -> dict[str, Any]:
    """Post events on CHANNEL. The new mapping is asked last."""
    rule = EventRule(channel=channel, type=type_, source=source, recipients=to)
    return _row(service.add(rule=rule, by=who(), now=runtime().now()))


@mappings.command()
@click.argument("id", type=int)
@command
def remove(id: int) -> dict[str, Any]:
    """Remove mapping ID."""
    service.remove(id=id, by=who(), now=runtime().now())
    return {"removed": id}


def _row(view: MappingView) -> dict[str, Any]:
    own = {"id": view.id, "type": view.type, "source": view.source, "channel": view.channel}
    return own | {"recipients": list(view.recipients)}


commands = [mappings]
