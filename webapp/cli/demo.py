"""Commands about the demo."""

import click

from webapp.cli._output import command
from webapp.cli._who import who
from webapp.runtime import runtime
from webapp.services.running import demo as service
from webapp.services.running.demo import Removed


@click.group()
def demo() -> None:
    """The demo team that `make run` brings."""


@demo.command()
@command
def remove() -> Removed:
    """Remove the demo's people, what they posted, its channels and its provider. What others made stays."""
    made = runtime()
    return service.remove(by=who(), now=made.now(), folder=made.surroundings.folder)


commands = [demo]
