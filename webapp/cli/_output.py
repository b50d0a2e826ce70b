"""How a command answers: a table for people, JSON for programs; errors go to stderr, with an exit code other than 0."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext

from webapp.cli._readable import readable
from webapp.database import DATABASE_FAULTS, fault_of
from webapp.domain.refusal import Refused
from webapp.runtime import runtime


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with different texts for people and for programs."""

    to_programs: Any
    to_people: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """An answer that is printed as usual, but makes the command exit with another code than 0."""

    answer: Any
    code: int = 1


def command(function: Callable[..., Any]) -> Callable[..., None]:
    """Give a command ``--json`` and the application; what it returns (an object or a list of them) is printed."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON: an object or a list, and nothing else.")
    @with_appcontext
    @wraps(function)
    def run(*, as_json: bool, **options: Any) -> None:
        try:
            runtime().follow_database()
            given = function(**options)
        except Refused as refused:
            for field, sentence in refused.problems.items():
                click.echo(f"{field}: {sentence}", err=True)
            raise SystemExit(1) from None
        except DATABASE_FAULTS as fault:
            click.echo(f"The database cannot be used: {fault_of(fault)}. Is it migrated (flask db upgrade)?", err=True)
            raise SystemExit(1) from None
        answer = given.answer if isinstance(given, Failed) else given
        if isinstance(answer, Answer):
            answer = answer.to_programs if as_json else answer.to_people
        answer = _plain(answer)
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else readable(answer))
        if isinstance(given, Failed):
            raise SystemExit(given.code)

    return run


def _plain(value: Any) -> Any:
    """The value as plain JSON types; times in ISO 8601, in UTC, ending in Z."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
