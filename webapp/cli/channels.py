"""Commands for channels."""

import click

from webapp.cli._output import command
from webapp.cli._who import who
from webapp.runtime import runtime
from webapp.services.posting import channels as service
from webapp.services.posting.channels import ChannelView


@click.group()
def channels() -> None:
    """Channels: the named streams that people post on."""


@channels.command("add")
@click.argument("name")
@click.option("--title", required=True, help="What people see.")
@click.option("--description", default="", help="What it is for, in a sentence.")
@click.option(
    "--media",
    multiple=True,
    default=("email",),
    show_default=True,
    help="email or sms; several in the order in which they are used.",
)
@click.option("--immediate", is_flag=True, help="Send at once, instead of at the dispatcher's next run.")
@command
def add(*, name: str, title: str, description: str, media: tuple[str, ...], immediate: bool) -> ChannelView:
    """Make a channel NAME, such as team.news."""
    return service.add(
        name=name,
        title=title,
        description=description,
        media=media,
        immediate=immediate,
        by=who(),
        now=runtime().now(),
    )


@channels.command("list")
@command
def show() -> list[ChannelView]:
    """List the channels."""
    return service.listed()


commands = [channels]
