"""Commands for channels."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from webapp.cli._output import Answer, command
from webapp.cli._times import Duration
from webapp.cli._who import who
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.duration import spelled
from webapp.domain.refusal import Refused
from webapp.runtime import runtime
from webapp.services.posting import channels as service
from webapp.services.posting import faring
from webapp.services.posting.channels import ChannelView
from webapp.services.posting.faring import Faring

_OPTIONS = (
    click.option("--description", help="What it is for, in a sentence."),
    click.option(
        "--media",
        "media",
        multiple=True,
        metavar="MEDIUM",
        help="email or sms; several in the order in which they are shown. A new channel is sent by email.",
    ),
    click.option("--inbox-only", is_flag=True, help="Sent by no medium: it stays in the inbox."),
    click.option("--immediate/--not-immediate", default=None, help="Send at once, or at the dispatcher's next run."),
    click.option("--every", type=Duration(), help="Send in batches, at the multiples of 15m, 1h; 0 for none."),
    click.option("--formatter", metavar="NAME", help="What lays it out; “-” for the one that supports it, else plain."),
    click.option("--policy", metavar="NAME", help="The retry policy; see: flask policies list."),
    click.option("--ttl", type=Duration(), help="What is not sent within 2h, 7d is cancelled; 0 for the default."),
    click.option("--keep-months", type=int, help="Forget after so many months; 0 for the default."),
    click.option("--required/--not-required", default=None, help="Ask nobody's preference, or everybody's."),
    click.option(
        "--at-most-once/--at-least-once",
        default=None,
        help="In doubt never repeat it and ask a person, or try again: a copy may then come twice.",
    ),
    click.option("--poster", "posters", multiple=True, metavar="WHO", help="A username or role:operator; several."),
    click.option("--everybody-posts", is_flag=True, help="Everybody may post."),
    click.option("--nobody-posts", is_flag=True, help="Nobody but Belfry itself may."),
    click.option(
        "--filter-key",
        "filter_keys",
        multiple=True,
        metavar="KEY",
        help="An attribute that webhooks choose by; several.",
    ),
    click.option("--no-filter-keys", is_flag=True, help="Webhooks choose by none."),
)  # fmt: skip


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for everything about a channel except its title."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group()
def channels() -> None:
    """Channels: the named streams that people post on."""


@channels.command("add")
@click.argument("name")
@click.option("--title", required=True, help="What people see.")
@_options
@command
def add(*, name: str, title: str, **given: Any) -> dict[str, Any]:
    """Make a channel NAME, such as team.news."""
    options = _changed(ChannelOptions(title=title), given)
    return _plain(service.add(name=name, options=options, by=who(), now=runtime().now()))


@channels.command("edit")
@click.argument("name")
@click.option("--title", help="What people see.")
@_options
@command
def edit(*, name: str, title: str | None, **given: Any) -> dict[str, Any]:
    """Change of channel NAME what is given, and nothing else."""
    channel = service.get(name=name)
    before = ChannelOptions(**channel.told())
    options = _changed(before if title is None else replace(before, title=title), given)
    now = runtime().now()
    return _plain(service.edit(name=name, version=channel.version, options=options, by=who(), now=now))


@channels.command("list")
@click.option("--failing", is_flag=True, help="Only those of which something failed in the last 7 days.")
@command
def listed(*, failing: bool) -> Answer:
    """List the channels: how each travels, by whom, and what failed in the last 7 days."""
    fares = faring.farings(channels=service.listed(), now=runtime().now())
    shown = [one for one in fares if one.failed or not failing]
    return Answer([_whole(one) for one in shown], [_line(one) for one in shown])


@channels.command("show")
@click.argument("name")
@command
def show(*, name: str) -> dict[str, Any]:
    """Tell all of channel NAME."""
    return _whole(faring.farings(channels=[service.get(name=name)], now=runtime().now())[0])


# --- what is given --------------------------------------------------------------------------------------------------


def _changed(options: ChannelOptions, given: dict[str, Any]) -> ChannelOptions:
    """The options with what is given; a repeated option replaces the whole list. Raises Refused."""
    told: dict[str, Any] = {
        name: given[name]
        for name in ("description", "immediate", "policy", "required", "at_most_once")
        if given[name] is not None
    }
    told |= _list("media", given["media"], given["inbox_only"], "--inbox-only")
    told |= _list("filter_keys", given["filter_keys"], given["no_filter_keys"], "--no-filter-keys")
    told |= _posters(**{name: given[name] for name in ("posters", "everybody_posts", "nobody_posts")})
    if given["every"] is not None:
        told["every_s"] = _whole_seconds(given["every"])
    if given["ttl"] is not None:
        told["ttl_s"] = given["ttl"].total_seconds() or None
    if given["formatter"] is not None:
        told["formatter"] = None if given["formatter"] == "-" else given["formatter"]
    if given["keep_months"] is not None:
        told["keep_months"] = given["keep_months"] or None
    return replace(options, **told)


def _whole_seconds(every: timedelta) -> int:
    if every.microseconds:
        raise Refused({"every_s": "A whole number of seconds, please."})
    return int(every.total_seconds())


def _list(name: str, values: Iterable[str], none: bool, option: str) -> dict[str, Any]:
    if values and none:
        raise Refused({name: f"{option} goes without the others."})
    return {name: tuple(values)} if values or none else {}


def _posters(*, posters: tuple[str, ...], everybody_posts: bool, nobody_posts: bool) -> dict[str, Any]:
    if bool(posters) + everybody_posts + nobody_posts > 1:
        raise Refused({"posters": "Say one of --poster, --everybody-posts and --nobody-posts."})
    if everybody_posts:
        return {"posters": None}
    return {"posters": posters} if posters or nobody_posts else {}


# --- how it is told -------------------------------------------------------------------------------------------------


def _plain(channel: ChannelView) -> dict[str, Any]:
    """All columns, the name first."""
    return {"id": channel.id, "name": channel.name, **channel.told(), "version": channel.version}


def _whole(fares: Faring) -> dict[str, Any]:
    senders = [
        {"medium": it.medium, "provider": it.provider, "instead_of": it.instead_of, "paused": it.paused}
        for it in fares.senders
    ]
    failed = {"failed_7_days": fares.failed.n, "failed_more": fares.failed.more}
    return {**_plain(fares.channel), "formatters": fares.channel.formatters, "senders": senders, **failed}


def _line(fares: Faring) -> dict[str, Any]:
    """The columns that fit into a line for people."""
    channel = fares.channel
    return {
        "name": channel.name,
        "title": channel.title,
        "sent by": ", ".join(f"{it.medium}: {it.provider or 'no provider'}" for it in fares.senders) or "inbox only",
        "when": _when(channel),
        "policy": channel.policy,
        "in doubt": "at most once" if channel.at_most_once else "at least once",
        "failed (7 days)": f"{fares.failed.n}{'+' if fares.failed.more else ''}",
        "look at": "formatter" if channel.ambiguous else "",
    }  # fmt: skip


def _when(channel: ChannelView) -> str:
    if channel.every_s:
        return f"every {spelled(channel.every_s)}"
    return "at once" if channel.immediate else "next run"


commands = [channels]
