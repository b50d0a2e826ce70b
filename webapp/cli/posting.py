"""Commands to post, and to look into an inbox."""

from datetime import datetime, timedelta
from typing import Any

import click

from webapp.cli._output import command
from webapp.cli._times import Duration, Moment
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.inbox import whole
from webapp.services.people import accounts
from webapp.services.posting import notifier


@click.command()
@click.option("--channel", required=True, help="The channel's name.")
@click.option("--sender", required=True, help="The username it is posted as.")
@click.option("--to", multiple=True, metavar="USERNAME …", help="Who gets it; further names may simply follow.")
@click.argument("also_to", nargs=-1, metavar="")
@click.option("--to-role", type=click.Choice([role.value for role in Role]), help="Everybody active who has this role.")
@click.option("--subject", required=True)
@click.option("--body", required=True, help="Markdown.")
@click.option("--link", help="Where to read more.")
@click.option("--type", "type_", default="message", show_default=True, help="A word for retry rules and filters.")
@click.option("--at", type=Moment(), help="When it becomes visible, such as 2026-03-02T09:00Z.")
@click.option("--delay", type=Duration(), help="How long from now it becomes visible: 90 (seconds), 10m, 2h, 1d.")
@click.option("--ttl", type=Duration(), help="How long after that it may still be sent.")
@click.option("--key", help="Posting twice under one key posts once.")
@command
def post(
    *,
    to: tuple[str, ...],
    also_to: tuple[str, ...],
    to_role: str | None,
    type_: str,
    at: datetime | None,
    delay: timedelta | None,
    ttl: timedelta | None,
    sender: str,
    key: str | None,
    **text: Any,
) -> dict[str, Any]:
    """Post a message, in somebody's name."""
    now, names = runtime().now(), [name for given in (*to, *also_to) for name in given.split(",") if name]
    message = NotificationMessage(
        recipients=tuple(names),
        roles=(to_role,) if to_role else (),
        type=type_,
        ttl_s=None if ttl is None else ttl.total_seconds(),
        **text,
    )
    timed = _timed(message, at=at, delay=delay, now=now)
    return notifier.post(message=timed, sender=sender, now=now, key=key, limits=runtime().limits).answer


@click.command("inbox")
@click.argument("username", metavar="USER")
@click.option("--unread", is_flag=True, help="Only what has not been read.")
@command
def inbox_(username: str, *, unread: bool) -> list[whole.Kept]:
    """List what is in somebody's inbox, newest first."""
    user_id = accounts.get(username=username).id
    return whole.everything(user_id=user_id, now=runtime().now(), only_unread=unread)


def _timed(
    message: NotificationMessage, *, at: datetime | None, delay: timedelta | None, now: datetime
) -> NotificationMessage:
    if at and delay is not None:
        raise Refused({"delay": "Give a time or a delay, not both."})
    if delay is not None:
        return message.delayed(by=delay, now=now)
    return message.scheduled(at=at) if at else message


commands = [post, inbox_]
