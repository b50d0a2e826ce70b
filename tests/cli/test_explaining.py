"""`flask explain`: why, as text and as JSON, and once more."""

import json

import pytest
from sqlalchemy import update

from webapp.models.user import User


@pytest.fixture
def run(app, world):
    return lambda *words: app.test_cli_runner().invoke(args=["explain", *words])


def test_the_decision_with_its_facts(world, run):
    world.post()
    world.dispatch()
    told = json.loads(run(world.row.id, "--json").stdout)
    assert set(told) == {"delivery", "state", "reason", "decided"}
    assert (told["state"], told["decided"]["action"]) == ("sent", "send")
    assert told["decided"]["facts"]["address"] == "emil@example.com"
    first, *lines = run(world.row.id).stdout.splitlines()
    assert first.startswith("This was handed over for Emil by e-mail at 2026-")
    assert "  action: send" in lines
    assert "    address: emil@example.com" in lines


def test_what_was_never_decided_on(world, run):
    world.post()
    assert run(world.row.id).stdout.splitlines() == [
        "Emil has not got this by e-mail yet: it is due now. It goes out with the dispatcher's next run.",
        "",
        "decided: nothing yet",
    ]


def test_once_more_with_what_is_so_now(world, run):
    world.post()
    world.dispatch()
    world.execute(update(User).values(active=False))
    told = json.loads(run(world.row.id, "--replay", "--json").stdout)
    assert told["now"]["reason"] == "RECIPIENT_INACTIVE"
    assert {"of": "action", "then": "send", "now": "filter"} in told["differences"]
    assert "differs: action: send -> filter" in run(world.row.id, "--replay").stdout.splitlines()


def test_what_is_not_there(run, world):
    done = run("0" * 26)
    assert (done.exit_code, done.stdout, "no delivery" in done.stderr) == (1, "", True)
