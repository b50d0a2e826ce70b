"""The commands that say why: one delivery with all that happened to it, and the decision on it with its facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from webapp.cli._output import Answer, command
from webapp.cli._readable import readable
from webapp.domain.english import plain
from webapp.runtime import runtime
from webapp.services.queue import deliveries, explaining, story
from webapp.services.queue.explaining import Explanation, Replayed

_NOBODY = 0  # the id of no account: the command reads as an operator
# What people are shown of a part: JSON has all of it.
_SHOWN: Mapping[str, Iterable[str]] = {
    "envelope": ("id", "address", "created_at", "subject", "text", "far_status", "far_code", "far_words", "far_at"),
    "attempts": ("started_at", "provider", "number", "ms", "phase", "outcome", "reason", "reply"),
    "moves": ("at", "was", "became", "reason", "by"),
}


@click.command()
@click.argument("id_", metavar="ID")
@command
def delivery(id_: str) -> Answer:
    """Show a delivery with its envelope, attempts and moves."""
    known = asdict(deliveries.get(id=id_))
    return Answer(known, {"why": _sentence(id_), **{name: _shown(name, part) for name, part in known.items()}})


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--replay", is_flag=True, help="Decide once more on what is so now, and show what differs.")
@command
def explain(id_: str, *, replay: bool) -> Answer:
    """Say why a delivery was sent, or was not: the last decision, and the facts it rested on."""
    known = explaining.replay(id=id_, now=runtime().now()) if replay else explaining.explain(id=id_)
    return Answer(known, "\n".join([_sentence(id_), "", *_lines(known)]))


def _sentence(id_: str) -> str:
    """Why it is as it is, as its page has it."""
    return plain(story.get(id=id_, user_id=_NOBODY, operator=True, now=runtime().now()).sentence)


def _shown(name: str, part: Any) -> Any:
    names = _SHOWN.get(name)
    if not names or not part:
        return part
    return [_only(names, row) for row in part] if isinstance(part, list) else _only(names, part)


def _only(names: Iterable[str], row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: row[name] for name in names}


def _lines(known: Explanation) -> Iterator[str]:
    yield readable({"decided": known.decided or "nothing yet"})
    if isinstance(known, Replayed):
        yield readable({"now": {name: known.now[name] for name in ("action", "reason", "at", "evidence")}})
        yield from (f"differs: {one['of']}: {one['then']} -> {one['now']}" for one in known.differences)


commands = [delivery, explain]
