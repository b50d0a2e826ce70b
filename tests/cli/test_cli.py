"""How every command answers: a table for people, JSON for machines, errors on stderr."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import click
import pytest
from sqlalchemy.exc import OperationalError

from webapp.cli._output import Failed, command
from webapp.domain.refusal import Refused


@dataclass(frozen=True)
class Row:
    name: str
    at: datetime | None
    media: tuple[str, ...] = ()


AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def answer(app):
    """Run a command that answers so; gives exit code, stdout and stderr."""

    def run(given, *words):
        @click.command()
        @command
        def told():
            """Say it."""
            if isinstance(given, Exception):
                raise given
            return given

        app.cli.add_command(told, "told")
        done = app.test_cli_runner().invoke(args=["told", *words])
        return done.exit_code, done.stdout, done.stderr

    return run


def test_every_subject_is_there(app):
    subjects = {"users", "channels", "providers", "post", "inbox"}
    engine = {"deliveries", "delivery", "dispatch", "retry", "truncate"}
    assert subjects | engine <= set(app.cli.list_commands(click.Context(app.cli)))


def test_they_are_looked_for_when_the_first_is_asked_for(app):
    assert not app.cli.commands
    assert app.cli.get_command(click.Context(app.cli), "users")
    assert {"users", "db"} <= set(app.cli.commands)


def test_json_is_an_object_or_a_list_and_nothing_else(answer):
    exit_code, out, err = answer([Row("Grüße", AT, ("email",)), Row("b", None)], "--json")
    assert (exit_code, err) == (0, "")
    assert json.loads(out) == [
        {"name": "Grüße", "at": "2026-03-02T09:00:00Z", "media": ["email"]},
        {"name": "b", "at": None, "media": []},
    ]
    assert json.loads(answer({"sent": 2}, "--json")[1]) == {"sent": 2}
    assert json.loads(answer([], "--json")[1]) == []


def test_people_get_a_table(answer):
    out = answer([Row("long name", AT), Row("b", None)])[1].splitlines()
    assert out[0].split() == ["name", "at", "media"]
    assert out[2].split() == ["b", "-", "-"]
    assert answer([])[1] == "Nothing.\n"
    assert answer({"a": 1, "b": None})[1] == "a: 1\nb: -\n"


def test_a_refusal_is_on_stderr(answer):
    assert answer(Refused({"subject": "Too long.", "body": "Empty."}), "--json") == (
        1, "", "subject: Too long.\nbody: Empty.\n",
    )  # fmt: skip


def test_a_fault_of_the_database_is_one_line_without_statement_and_values(answer):
    fault = OperationalError("SELECT :p", {"p": "geheim"}, Exception("no such table: message"))
    assert answer(fault, "--json") == (
        1, "", "The database cannot be used: no such table: message. Is it migrated (flask db upgrade)?\n",
    )  # fmt: skip


def test_a_cell_is_one_line_and_not_wider_than_a_screen(answer):
    cells = answer([Row("two\nlines " + "x" * 100, None)])[1].splitlines()
    assert len(cells) == 2
    assert cells[1].startswith("two lines xxx")
    assert "x…" in cells[1]
    assert len(cells[1]) < 80


def test_an_answer_may_be_a_failure(answer):
    exit_code, out, err = answer(Failed({"ok": False}), "--json")
    assert (exit_code, json.loads(out), err) == (1, {"ok": False}, "")
