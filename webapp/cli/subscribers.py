"""Commands for subscribers. No secret is ever printed, but a signing key at the moment when Belfry makes it."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from webapp.cli._output import Failed, command
from webapp.cli._who import who
from webapp.domain.refusal import Refused
from webapp.domain.retry_policy import DEFAULT_FOR_WEBHOOKS
from webapp.runtime import runtime
from webapp.services.subscribers import checks, keys, life, subscriber_setup
from webapp.services.subscribers.life import SwitchedOff, Then
from webapp.services.subscribers.subscriber_setup import Draft, Saved, SubscriberView, Subscription

_set = click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="One setting, such as url=https://….")
_stdin = click.option("--set-stdin", metavar="KEY", help="Read this setting from standard input, such as secret.")
_channel = click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="NAME[:JSON]",
    help='A channel, perhaps with one group of filters: news.releases:{"source": "1"}. Again for an alternative.',
)
_waive = click.option("--waive", default="", metavar="REASON", help="Go on where the callback check fails, because.")
_why = click.option("--why", default="", help="The reason, for the audit.")


@click.group()
def subscribers() -> None:
    """Subscribers: the endpoints of other systems that are told what is posted."""


@subscribers.command("list")
@command
def show_all() -> list[dict[str, Any]]:
    """List the subscribers, each with how it fares and what waits for it."""
    return [_plain(view) for view in subscriber_setup.overview(vault=runtime().vault)]


@subscribers.command("show")
@click.argument("name")
@command
def show(*, name: str) -> dict[str, Any]:
    """Show NAME: what it is told of, how it fares, what its last check found."""
    return _plain(subscriber_setup.get(name=name, vault=runtime().vault, counted=True))


@subscribers.command("add")
@click.argument("name")
@_set
@_stdin
@_channel
@click.option("--policy", default=DEFAULT_FOR_WEBHOOKS, show_default=True, help="The retry policy.")
@click.option("--off", is_flag=True, help="Make it switched off, and so unchecked: nothing is sent to it as yet.")
@_waive
@command
def add(
    *,
    name: str,
    pairs: tuple[str, ...],
    set_stdin: str | None,
    channels: tuple[str, ...],
    policy: str,
    off: bool,
    waive: str,
) -> dict[str, Any]:
    """Make a subscriber NAME. Its signing key is printed this once."""
    draft = Draft(raw=_raw(pairs, set_stdin), policy=policy, channels=_channels(channels))
    return _saved(subscriber_setup.add(name=name, draft=draft, active=not off, waive=waive, **_at_bench()))


@subscribers.command("edit")
@click.argument("name")
@_set
@_stdin
@_channel
@click.option("--policy", help="Another retry policy.")
@_waive
@command
def edit(
    *, name: str, pairs: tuple[str, ...], set_stdin: str | None, channels: tuple[str, ...], policy: str | None,
    waive: str,
) -> dict[str, Any]:  # fmt: skip
    """Change NAME: what is not named stays as it is. With --channel, those that are named are all there are."""
    seen = subscriber_setup.get(name=name, vault=runtime().vault)
    raw = {key: _text(value) for key, value in seen.settings.items()} | _raw(pairs, set_stdin)
    told = _channels(channels) if channels else seen.channels
    draft = Draft(raw=raw, policy=policy or seen.policy, channels=told)
    return _saved(subscriber_setup.edit(name=name, version=seen.version, draft=draft, waive=waive, **_at_bench()))


@subscribers.command("switch-on")
@click.argument("name")
@click.option("--why", default="", help="The reason, also to go on without the check where that fails.")
@command
def switch_on(*, name: str, why: str) -> dict[str, Any]:
    """Send to NAME from now on, what waited included; it is checked first unless it was."""
    made = life.switch_on(name=name, why=why, **_at_bench())
    return {**_plain(made.subscriber), "released": made.released}


@subscribers.command("switch-off")
@click.argument("name")
@click.option(
    "--then", default=Then.HOLD.value, show_default=True, metavar="hold|cancel", help="What waits is held or cancelled."
)
@_why
@command
def switch_off(*, name: str, then: str, why: str) -> SwitchedOff:
    """Send nothing further to NAME; what waits is held, unless told otherwise."""
    return life.switch_off(name=name, then=then, why=why, **_signed())


@subscribers.command("remove")
@click.argument("name")
@_why
@command
def remove(*, name: str, why: str) -> dict[str, Any]:
    """Remove NAME, forget its secrets, and cancel what waits for it."""
    return {"removed": name, "cancelled": life.remove(name=name, why=why, **_signed()).cancelled}


@subscribers.command("check")
@click.argument("name")
@command
def check(*, name: str) -> dict[str, Any] | Failed:
    """Ask the endpoint of NAME without proof and with it; exits with 1 where an answer is not as it should be."""
    _view, found = checks.check(name=name, **_at_bench())
    told = {"name": name, "passed": found.passed, "steps": found.told()}
    return told if found.passed else Failed(told)


@subscribers.command("rotate-key")
@click.argument("name")
@click.option("--again", is_flag=True, help="Replace a new key that was lost; the former one goes on to count.")
@command
def rotate_key(*, name: str, again: bool) -> dict[str, Any]:
    """Make another signing key for NAME and print it this once; the former one counts until it is dropped."""
    made = keys.rotate(name=name, again=again, **_signed(), vault=runtime().vault)
    return {"name": name, "version": made.subscriber.version, made.key.name: made.value}


@subscribers.command("drop-former-key")
@click.argument("name")
@command
def drop_former_key(*, name: str) -> dict[str, Any]:
    """Let only the newest signing key of NAME count."""
    made = keys.drop_former(name=name, **_signed(), vault=runtime().vault)
    return {"name": name, "version": made.subscriber.version, "dropped": made.key.name}


def _raw(pairs: Sequence[str], from_stdin: str | None) -> dict[str, str]:
    raw = dict(_pair(pair) for pair in pairs)
    return {**raw, from_stdin: sys.stdin.readline().rstrip("\r\n")} if from_stdin else raw


def _pair(text: str) -> tuple[str, str]:
    """The name and value of an option. The error does not repeat what was typed: it may be a secret."""
    key, equals, value = text.partition("=")
    if not equals:
        raise Refused({"set": "Write each setting as key=value."})
    return key.strip(), value


def _channels(texts: Sequence[str]) -> list[Subscription]:
    """The filters. Each text is one group; a channel that is given again has alternative groups."""
    return [Subscription(name, (_group(group),)) for name, _colon, group in (text.partition(":") for text in texts)]


def _group(text: str) -> Mapping[str, str]:
    try:
        group = json.loads(text or "{}")
        sound = isinstance(group, dict) and all(isinstance(value, str | int) for value in group.values())
    except ValueError:
        group, sound = {}, False
    if not sound:
        raise Refused({"channel": 'Write a group of filters as JSON, such as {"source": "1", "level": "*"}.'})
    return {str(key): _text(value) for key, value in group.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _signed() -> dict[str, Any]:
    return {"by": who(), "now": runtime().now()}


def _at_bench() -> dict[str, Any]:
    return {"by": who(), "bench": runtime()}


def _saved(saved: Saved) -> dict[str, Any]:
    return {**_plain(saved.subscriber), **saved.made}


def _plain(view: SubscriberView) -> dict[str, Any]:
    """All columns, with the policy by its name alone."""
    told = {name: value for name, value in asdict(view).items() if name not in {"id", "retry_policy"}}
    told |= {name: getattr(view, name).n for name in ("queued", "held", "retrying")}
    return {**told, "waiting": view.waiting.n, "waiting_more": view.waiting_more}


commands = [subscribers]
