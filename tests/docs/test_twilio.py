"""What docs/providers/twilio.md says of senders, segments and commands is so."""

import re
import shlex

import pytest
from flask import Flask

from tests.support import ROOT
from webapp.domain.segments import segments
from webapp.providers import kinds
from webapp.providers.twilio._sender import sender

PAGE = (ROOT / "docs" / "providers" / "twilio.md").read_text(encoding="utf-8")
SENDERS = re.findall(r"^\| `([^`]+)` \| (a [a-z ]+) \|", PAGE, re.MULTILINE)
EXAMPLES = re.findall(r"^```console\n\$ ([^\n]+)\n```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("text", "what"), SENDERS)
def test_a_sender_is_what_the_page_says(text: str, what: str) -> None:
    assert sender(kinds()["twilio"].tidied({"sender": text})["sender"]).what.startswith(what)


def test_there_are_four_of_them() -> None:
    assert len({what for _, what in SENDERS}) == 4


@pytest.mark.parametrize(
    ("line", "letter"), [("only those of GSM-7", "a"), ("any other", "я")], ids=["GSM-7", "any other"]
)
def test_a_segment_holds_what_the_page_says(line: str, letter: str) -> None:
    found = re.search(rf"^\| {line}.* \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert found
    alone, each = int(found[1]), int(found[2])
    assert [segments(letter * many).count for many in (alone, alone + 1, 2 * each, 2 * each + 1)] == [1, 2, 2, 3]


def test_every_field_is_told() -> None:
    labels = [field.label for field in kinds()["twilio"].fields if field.only_if is None]
    assert not [label for label in labels if f"\n| {label} |" not in PAGE]


@pytest.mark.parametrize("command", EXAMPLES)
def test_a_command_does_what_it_says(app: Flask, command: str) -> None:
    given, _, flask = command.partition(" | ")
    assert given.startswith("echo ")
    done = app.test_cli_runner().invoke(args=shlex.split(flask)[1:], input="a token\n")
    assert done.exit_code == 0, done.stderr
    assert "a token" not in done.stdout
