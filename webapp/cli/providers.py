"""Commands for providers. No secret is ever printed."""

import sys
from dataclasses import asdict
from typing import Any

import click

from webapp.cli._output import Failed, command
from webapp.cli._who import who
from webapp.domain.field import Field
from webapp.domain.refusal import Refused
from webapp.runtime import runtime
from webapp.services.providers import provider_setup, provider_trial
from webapp.services.providers.provider_setup import ProviderView
from webapp.services.providers.provider_trial import Trial


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
@click.option("--medium", required=True, help="What it sends: email or sms.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="One setting; see: flask providers kinds.")
@click.option("--set-stdin", metavar="KEY", help="Read this setting from standard input, such as a password.")
@click.option("--activate", is_flag=True, help="Send by it from now on; otherwise it stays inactive.")
@command
def add(
    *, kind: str, name: str, medium: str, pairs: tuple[str, ...], set_stdin: str | None, activate: bool
) -> dict[str, Any]:
    """Make a provider NAME of a KIND."""
    raw = dict([_pair(pair) for pair in pairs])
    if set_stdin:
        raw[set_stdin] = sys.stdin.readline().rstrip("\r\n")
    here = runtime()
    return _plain(
        provider_setup.add(
            kind=kind,
            name=name,
            medium=medium,
            raw=raw,
            activate=activate,
            by=who(),
            now=here.now(),
            vault=here.vault,
        )
    )


@providers.command("list")
@command
def show() -> list[dict[str, Any]]:
    """List the providers, those that are active first."""
    return [_plain(view) for view in provider_setup.listed(vault=runtime().vault)]


@providers.command("activate")
@click.argument("name")
@command
def activate(*, name: str) -> dict[str, Any]:
    """Send by NAME from now on, instead of by the one that was active for its medium."""
    here = runtime()
    made = provider_setup.activate(name=name, by=who(), now=here.now(), vault=here.vault)
    return {**_plain(made.provider), "instead_of": made.former, "released": made.released}


@providers.command("deactivate")
@click.argument("name")
@command
def deactivate(*, name: str) -> dict[str, Any]:
    """Send nothing further by NAME; what waits goes out when a provider is activated."""
    here = runtime()
    return _plain(provider_setup.deactivate(name=name, by=who(), now=here.now(), vault=here.vault))


@providers.command("remove")
@click.argument("name")
@command
def remove(*, name: str) -> dict[str, Any]:
    """Remove NAME, whatever its state, and forget its secrets."""
    provider_setup.remove(name=name, by=who(), now=runtime().now())
    return {"removed": name}


@providers.command("test")
@click.argument("name")
@click.option("--to", required=True, help="The address that the test goes to.")
@command
def test(*, name: str, to: str) -> Trial | Failed:
    """Send a test through NAME and tell every step of it; exits with 1 where it failed."""
    trial = provider_trial.try_out(name=name, to=to, by=who(), bench=runtime())
    return trial if trial.ok else Failed(trial)


def _pair(text: str) -> tuple[str, str]:
    """Says nothing of what was typed: it may be a secret."""
    key, equals, value = text.partition("=")
    if not equals:
        raise Refused({"set": "Write each setting as key=value."})
    return key.strip(), value


def _plain(view: ProviderView) -> dict[str, Any]:
    return {**asdict(view), "active": view.active}


def _field(field: Field) -> dict[str, Any]:
    only_if = {field.only_if[0]: list(field.only_if[1])} if field.only_if else None
    return {**asdict(field), "secret": field.secret, "only_if": only_if}


commands = [providers]
