"""Commands for the one file of an installation: what it is set up as, written and applied."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import click

from webapp.cli._output import Answer, Failed, command
from webapp.cli._who import who
from webapp.config import secrets_of_environment
from webapp.domain.refusal import Refused
from webapp.runtime import runtime
from webapp.services.setup import applying, standing
from webapp.services.setup.applying import Applied, Difference

WOULD_CHANGE = 3  # the exit code of a dry run that found differences
_SIGNS = {"added": "+", "changed": "~"}


@click.group()
def setup() -> None:
    """The setup as one file: retry policies, channels, providers, subscribers and people."""


@setup.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@command
def export(*, file: Path | None) -> Any:
    """Write the setup into FILE, or print it.

    No secret is in it: each is named by an environment variable, to be set where the file is applied.
    """
    made = standing.export(vault=runtime().vault)
    if file is None:
        return Answer(made.tree, made.text.removesuffix("\n"))
    try:
        file.write_text(made.text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Refused({"file": f"{file} cannot be written: {error.strerror}."}) from None
    return {"file": str(file), **made.counts, "variables": made.variables}


@setup.command()
@click.argument("file", metavar="FILE.toml", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Change nothing; exit with 3 where something would change.")
@command
def apply(*, file: BinaryIO, dry_run: bool) -> Any:
    """Make the installation what a file says, all of it or nothing. “-” reads standard input.

    What the file does not name stays as it is.
    """
    here = runtime()
    done = applying.apply(
        file=Path(getattr(file, "name", "<stdin>")).name,
        content=file.read(applying.LARGEST + 1),
        variables=secrets_of_environment(),
        dry_run=dry_run,
        by=who(),
        now=here.now(),
        vault=here.vault,
    )
    told = Answer(asdict(done), "\n".join(_lines(done)))
    return Failed(told, WOULD_CHANGE) if dry_run and done.differences else told


def _lines(done: Applied) -> Iterator[str]:
    for one in done.differences:
        yield from _difference(one)
    yield f"= {done.same} as the file has them"
    if done.unnamed:
        yield f"Not in the file, and left alone: {', '.join(f'{section} {name}' for section, name in done.unnamed)}"
    for provider, keys in done.made.items():
        yield from (f"Made for {provider}, and shown this once: {name} {value}" for name, value in keys.items())
    if not done.differences:
        yield "Nothing to change."
    elif done.dry_run:
        yield "A dry run: nothing was changed."


def _difference(one: Difference) -> Iterator[str]:
    yield f"{_SIGNS[one.fate]} {one.section} {one.name}"
    for change in one.changes:
        became = _word(change.became)
        yield f"    {change.key}: {became if one.fate == 'added' else f'{_word(change.was)} → {became}'}"


def _word(value: Any) -> str:
    """A value on one line."""
    if value is None:
        return "nothing"
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, ensure_ascii=False)


commands = [setup]
