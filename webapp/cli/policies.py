"""Commands for retry policies."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from webapp.cli._output import Answer, command
from webapp.cli._who import who
from webapp.domain.duration import spelled
from webapp.domain.typed_policy import TypedPolicy, read, write
from webapp.domain.wording import Sentence
from webapp.runtime import runtime
from webapp.services.posting import policies as service
from webapp.services.posting.policies import ANY_TYPE, PolicyView

_NUMBERS = {
    "steps": ("--steps", "The delays in their order, such as “1 min, 5 min, 1 h”."),
    "initial_s": ("--first", "The first delay, such as “25 s”."),
    "base": ("--factor", "How many times longer each delay is than the one before it."),
    "max_delay_s": ("--longest", "No delay is longer."),
    "max_attempts": ("--tries", "How many tries there are, the first one included."),
    "ttl_s": ("--ttl", "After so long nothing is tried any more."),
}


def _numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each number of a policy."""
    for name, (option, told) in reversed(_NUMBERS.items()):
        function = click.option(option, name, help=told)(function)
    return function


@click.group()
def policies() -> None:
    """Retry policies: when what failed is tried again."""


@policies.command("list")
@command
def show() -> list[dict[str, Any]]:
    """List the policies, each in a sentence, with the channels that use it."""
    return [_row(view) for view in service.listed()]


@policies.command()
@click.argument("name")
@click.option("--type", "message_type", default=ANY_TYPE, show_default=True, help="The type of message.")
@command
def preview(name: str, message_type: str) -> Answer:
    """What policy NAME does: a row for each failure, with the seconds until the next try, and since the first failure.

    After the last one allowed there is no next try. Where chance decides, these are the most that it can be.
    """
    table = service.table(service.get(name=name).policy, message_type)
    rows = [
        {"failure": row.failure, "retries_left": row.retries_left, "delay": row.delay, "elapsed": row.elapsed}
        for row in table.rows
    ]
    readable = [
        {**row, "delay": None if row["delay"] is None else spelled(row["delay"]), "elapsed": spelled(row["elapsed"])}
        for row in rows
    ]
    return Answer(rows, readable)


@policies.command()
@click.argument("name")
@click.option("--kind", required=True, help="steps, linear, exponential or forward_jitter.")
@_numbers
@command
def add(name: str, kind: str, **numbers: str | None) -> dict[str, Any]:
    """Make a policy NAME. What is not given is as usual. Rules for types of messages are set on its page."""
    policy = read(TypedPolicy(name=name, kind=kind, numbers=_given(numbers)))
    return _row(service.add(policy=policy, by=who(), now=runtime().now()))


@policies.command()
@click.argument("name")
@click.option("--kind", help="steps, linear, exponential or forward_jitter.")
@_numbers
@command
def edit(name: str, kind: str | None, **numbers: str | None) -> dict[str, Any]:
    """Change what is given of policy NAME; "" empties a number. It counts from the next failure on."""
    before = service.get(name=name).policy
    typed = write(before)
    changed = TypedPolicy(
        name=name, kind=kind or typed.kind, numbers={**typed.numbers, **_given(numbers)}, rules=typed.rules
    )
    return _row(service.edit(policy=read(changed), version=before.version, by=who(), now=runtime().now()))


@policies.command()
@click.argument("name")
@command
def remove(name: str) -> dict[str, Any]:
    """Remove policy NAME, unless something uses it."""
    service.remove(name=name, by=who(), now=runtime().now())
    return {"removed": name}


def _given(numbers: dict[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in numbers.items() if text is not None}


def _row(view: PolicyView) -> dict[str, Any]:
    return {
        "name": view.name,
        "kind": view.policy.kind,
        "tries": _said(view.sentence),
        "max_attempts": view.policy.max_attempts,
        "rules_for": sorted(view.policy.rules),
        "channels": list(view.channels),
        "subscribers": view.subscribers,
        "preset": view.as_preset,
        "version": view.policy.version,
    }


def _said(sentence: Sentence) -> str:
    told = {
        name: spelled(it.total_seconds()) if isinstance(it, timedelta) else it for name, it in sentence.values.items()
    }
    return sentence.text % told


commands = [policies]
