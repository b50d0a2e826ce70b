"""docs/commands.md tells of every command there is, with all its options, and its examples answer as they say."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

from tests.support import ROOT
from webapp import cli
from webapp.domain.registry import discover
from webapp.runtime import runtime
from webapp.services.running import demo

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `flask ([^`]+)`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
EXAMPLES = re.findall(r"^```console\n\$ ([^\n]+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
THEIRS = {"db upgrade"}  # Flask-Migrate's, and the only one of its that anybody needs
_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Belfry's commands by their whole names."""
    for module in discover(cli.__name__):
        for command in module.commands:
            yield from _leaves(command, command.name)


def _leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from _leaves(inner, f"{name} {word}")


def test_every_command_has_its_section() -> None:
    assert set(SECTIONS) == {name for name, _ in _commands()} | THEIRS


@pytest.mark.parametrize(("name", "command"), [pytest.param(*pair, id=pair[0]) for pair in _commands()])
def test_every_option_is_told(name: str, command: click.Command) -> None:
    options = [word for each in command.params if isinstance(each, click.Option) for word in each.opts]
    assert not [word for word in options if word not in SECTIONS[name]]


def test_every_example_answers_as_it_says(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the examples leave their files
    with app.app_context():
        here = runtime()
        demo.fill(now=here.now(), vault=here.vault, password="")
    known: dict[str, str] = {}
    for command, told in EXAMPLES:
        said = _run(app, _ID.sub(lambda found: known.get(found[0], found[0]), command))
        if told:
            _compare(json.loads(told), json.loads(said), command, known)


def _run(app: Flask, command: str) -> str:
    """What a command of the page prints. In this process: a new one for each would take a minute."""
    words, given = shlex.split(command), None
    if words[0] in {"echo", "printf"}:
        _, given, _, *words = words
        given = given.replace("\\n", "\n")
    assert words[0] == ".venv/bin/flask", f"Only Belfry's commands are tried here: {command}"
    done = app.test_cli_runner().invoke(args=words[1:], input=given)
    assert done.exit_code == 0, f"{command}\n{done.stderr}"
    return done.stdout


def _compare(told: Any, said: Any, where: str, known: dict[str, str]) -> None:
    """The same keys and the same kinds of values; an id that was told stands for the one that was said."""
    if isinstance(told, dict):
        assert list(told) == list(said), where
        for key in told:
            _compare(told[key], said[key], f"{where} → {key}", known)
    elif isinstance(told, list):
        assert bool(told) == bool(said), where
        for ours, theirs in zip(told, said, strict=False):  # an example shows the beginning of a list
            _compare(ours, theirs, where, known)
    else:
        assert type(told) is type(said), f"{where}: {told!r} is now {said!r}"
        if isinstance(told, str) and _ID.fullmatch(told):
            known[told] = said
