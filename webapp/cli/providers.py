"""Commands for providers. No secret is ever printed, but a key at the moment when Belfry makes it."""

import sys
from dataclasses import asdict
from typing import Any

import click

from webapp.cli._output import Failed, command
from webapp.cli._who import who
from webapp.domain.field import Field
from webapp.domain.refusal import Refused
from webapp.runtime import runtime
from webapp.services.providers import history, keys, life_cycle, provider_setup, provider_trial
from webapp.services.providers.history import Event
from webapp.services.providers.life_cycle import Gone, Then
from webapp.services.providers.provider_setup import ProviderView
from webapp.services.providers.provider_trial import Trial

_then = click.option(
    "--then",
    default=Then.HOLD.value,
    show_default=True,
    metavar="hold|move|cancel",
    help="What waits is held, moves to the first fallback, or is cancelled.",
)
_why = click.option("--why", default="", help="The reason, for the list and the history.")
_keep = click.option("--keep-as-fallback", "keep", is_flag=True, help="Keep the one that was primary as fallback.")


@click.group()
def providers() -> None:
    """Providers: the accounts that notifications leave by."""


@providers.command("kinds")
@command
def kinds() -> list[dict[str, Any]]:
    """List the kinds that are installed, with what each asks for."""
    return [{**asdict(kind), "fields": [_field(field) for field in kind.fields]} for kind in provider_setup.kinds()]


@providers.command("add")
@click.argument("kind")
@click.argument("name")
@click.option("--medium", help="What it sends: email or sms. Needed where its kind sends both.")
@click.option(
    "--preset", metavar="NAME", help="Begin with what a well-known service wants; see: flask providers kinds."
)
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="One setting; see: flask providers kinds.")
@click.option("--set-stdin", metavar="KEY", help="Read this setting from standard input, such as a password.")
@click.option("--activate", is_flag=True, help="Send by it from now on; otherwise it stays inactive.")
@_keep
@command
def add(
    *,
    kind: str,
    name: str,
    medium: str | None,
    preset: str | None,
    pairs: tuple[str, ...],
    set_stdin: str | None,
    activate: bool,
    keep: bool,
) -> dict[str, Any]:
    """Make a provider NAME of a KIND. A key that Belfry makes for it is printed this once."""
    raw = _preset(kind, preset) | dict([_pair(pair) for pair in pairs])
    if set_stdin:
        raw[set_stdin] = sys.stdin.readline().rstrip("\r\n")
    saved = provider_setup.add(
        kind=kind,
        name=name,
        medium=medium or _only_medium(kind),
        raw=raw,
        activate=activate,
        keep_as_fallback=keep,
        **_signed_with_vault(),
    )
    return {**_plain(saved.provider), **saved.made}


@providers.command("list")
@command
def show() -> list[dict[str, Any]]:
    """List the providers: the primaries first, then their fallbacks."""
    here = runtime()
    return [_plain(view) for view in provider_setup.overview(vault=here.vault, now=here.now()).providers]


@providers.command("activate")
@click.argument("name")
@_keep
@click.option("--as-fallback", is_flag=True, help="Send by NAME only while the primary is paused.")
@_why
@command
def activate(*, name: str, keep: bool, as_fallback: bool, why: str) -> dict[str, Any]:
    """Send by NAME from now on, instead of by the one that was primary for its medium."""
    if as_fallback:
        made = life_cycle.add_fallback(name=name, why=why, **_signed_with_vault())
    else:
        made = life_cycle.activate(name=name, why=why, keep_as_fallback=keep, **_signed_with_vault())
    return {**_plain(made.provider), "instead_of": made.former, "released": made.released}


@providers.command("move-up")
@click.argument("name")
@command
def move_up(*, name: str) -> list[dict[str, Any]]:
    """Let NAME take over before the fallback that stands before it."""
    life_cycle.move_up(name=name, **_signed())
    return [_plain(view) for view in provider_setup.listed(now=runtime().now(), vault=runtime().vault)]


@providers.command("deactivate")
@click.argument("name")
@_then
@_why
@command
def deactivate(*, name: str, then: str, why: str) -> Gone:
    """Send nothing further by NAME; what waits is held, unless told otherwise."""
    return life_cycle.deactivate(name=name, then=then, why=why, **_signed())


@providers.command("remove")
@click.argument("name")
@_then
@_why
@command
def remove(*, name: str, then: str, why: str) -> dict[str, Any]:
    """Remove NAME, whatever its state, and forget its secrets."""
    gone = life_cycle.remove(name=name, then=then, why=why, **_signed())
    return {"removed": name, "successor": gone.successor, "cancelled": gone.cancelled}


@providers.command("history")
@click.argument("name")
@command
def past(*, name: str) -> list[dict[str, Any]]:
    """Tell what happened to NAME, the newest first: who changed what, when and why."""
    page = history.listed(name=name)
    events = [*page.events]
    while page.older:
        page = history.listed(name=name, before=page.older)
        events += page.events
    return [_event(event) for event in events]


@providers.command("rotate-key")
@click.argument("name")
@click.option("--key", metavar="FIELD", help="Which key, where there are several.")
@click.option("--again", is_flag=True, help="Replace a new key that was lost; the former one goes on to count.")
@command
def rotate_key(*, name: str, key: str | None, again: bool) -> dict[str, Any]:
    """Make another key for NAME and print it this once; the former one counts until it is dropped."""
    made = keys.rotate(name=name, key=key, again=again, **_signed_with_vault())
    return {"name": name, "version": made.provider.version, made.key.name: made.value}


@providers.command("drop-former-key")
@click.argument("name")
@click.option("--key", metavar="FIELD", help="Which key, where there are several.")
@command
def drop_former_key(*, name: str, key: str | None) -> dict[str, Any]:
    """Let only the newest key of NAME count."""
    made = keys.drop_former(name=name, key=key, **_signed_with_vault())
    return {"name": name, "version": made.provider.version, "dropped": made.key.name}


@providers.command("test")
@click.argument("name")
@click.option("--to", required=True, help="The address that the test goes to.")
@command
def test(*, name: str, to: str) -> Trial | Failed:
    """Send a test through NAME and tell every step of it; exits with 1 where it failed."""
    trial = provider_trial.try_out(name=name, to=to, by=who(), bench=runtime())
    return trial if trial.ok else Failed(trial)


def _pair(text: str) -> tuple[str, str]:
    """The name and value of an option. The error does not repeat what was typed: it may be a secret."""
    key, equals, value = text.partition("=")
    if not equals:
        raise Refused({"set": "Write each setting as key=value."})
    return key.strip(), value


def _preset(kind: str, name: str | None) -> dict[str, str]:
    """The values of a preset. Raises Missing for the kind, Refused for the preset."""
    if name is None:
        return {}
    presets = provider_setup.kind_named(kind=kind).presets
    known = {preset.name: preset for preset in presets}
    if name not in known:
        raise Refused({"preset": f"There is no preset “{name[:30]}”. There are: {', '.join(known) or 'none'}."})
    return dict(known[name].values)


def _only_medium(kind: str) -> str:
    """The only medium of a kind; empty where there are several."""
    media = provider_setup.kind_named(kind=kind).media
    return media[0] if len(media) == 1 else ""


def _signed() -> dict[str, Any]:
    return {"by": who(), "now": runtime().now()}


def _signed_with_vault() -> dict[str, Any]:
    return {**_signed(), "vault": runtime().vault}


def _plain(view: ProviderView) -> dict[str, Any]:
    """The hours are summed up as two numbers."""
    told = {name: value for name, value in asdict(view).items() if name != "hours"}
    told |= {name: getattr(view, name).n for name in ("queued", "held", "retrying")}
    sums = {
        "waiting": view.waiting.n,
        "waiting_more": view.waiting_more,
        "failed": view.failed,
        "tries_24h": view.tries,
        "accepted_24h": view.accepted,
    }
    return {**told, **sums, "active": view.active}


def _event(event: Event) -> dict[str, Any]:
    changes = [f"{one.label}: {one.fate or f'{one.was} → {one.now}'}" for one in event.changes]
    return {"at": event.at, "who": event.who, "what": event.what, "why": event.why, "changes": changes}


def _field(field: Field) -> dict[str, Any]:
    only_if = {field.only_if[0]: list(field.only_if[1])} if field.only_if else None
    told = {name: value for name, value in asdict(field).items() if name != "make"}
    return {**told, "secret": field.secret, "made": field.make is not None, "only_if": only_if}


commands = [providers]
