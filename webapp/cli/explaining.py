"""The command that says why."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from webapp.cli._output import Told, command
from webapp.domain.english import plain
from webapp.runtime import runtime
from webapp.services.queue import explaining, story
from webapp.services.queue.explaining import Explanation, Replayed

_NOBODY = 0  # the id of no account: a command reads as an operator does


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--replay", is_flag=True, help="Decide once more on what is so now, and show what differs.")
@command
def explain(id_: str, *, replay: bool) -> Told:
    """Say why a delivery was sent, or was not: the last decision, and the facts it rested on."""
    now = runtime().now()
    known = explaining.replay(id=id_, now=now) if replay else explaining.explain(id=id_)
    it = story.get(id=id_, user_id=_NOBODY, operator=True, now=now)
    return Told(known, "\n".join([plain(it.sentence), "", *_lines(known)]))


def _lines(known: Explanation) -> Iterator[str]:
    yield from _told("decided", known.decided) if known.decided else ["decided: nothing yet"]
    if isinstance(known, Replayed):
        yield from _told("now", {name: known.now[name] for name in ("action", "reason", "at", "evidence")})
        yield from (f"differs: {one['of']}: {one['then']} -> {one['now']}" for one in known.differences)


def _told(name: str, record: Mapping[str, Any]) -> Iterator[str]:
    """A line for each of its values; what is a record itself has its lines below."""
    yield f"{name}:"
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield f"  {key}:"
            yield from (f"    {inner}: {_cell(told)}" for inner, told in value.items())
        else:
            yield f"  {key}: {_cell(value)}"


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


commands = [explain]
