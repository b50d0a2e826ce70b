"""`flask delivery` and `flask explain`: why, as text and as JSON, and once more."""

import json

import pytest
from sqlalchemy import update

from webapp.models.user import User


@pytest.fixture
def run(app, world):
    return lambda *words: app.test_cli_runner().invoke(args=["explain", *words])


@pytest.fixture
def delivery(app, world):
    return lambda *words: app.test_cli_runner().invoke(args=["delivery", *words])


def test_a_delivery_with_all_that_is_known(world, delivery):
    world.post()
    world.dispatch()
    known = json.loads(delivery(world.row.id, "--json").stdout)
    assert set(known) == {"delivery", "envelope", "decided", "attempts", "moves"}
    assert known["decided"] == {"action": "send", "reason": None, "at": "2026-03-02T09:00:00Z"}
    assert known["envelope"]["id"] == known["attempts"][0]["envelope_id"]
    assert "<html" in known["envelope"]["html"]
    assert [move["became"] for move in known["moves"]] == ["queued", "sending", "sent"]


def test_people_are_shown_what_was_sent_as_it_reads_and_each_try_and_move_in_a_line(world, delivery):
    world.post(body="In the garden.")
    world.dispatch()
    told = delivery(world.row.id).stdout
    first, *lines = told.splitlines()
    assert first.startswith("why: This was handed over for Emil by e-mail at 2026-")
    assert "    In the garden." in lines
    assert "<html" not in told
    tries = lines[lines.index("attempts:") + 1 :]
    assert tries[0].split()[:3] == ["started_at", "provider", "number"]
    moves = lines[lines.index("moves:") + 2 :]
    assert [line.split()[2] for line in moves] == ["queued", "sending", "sent"]


def test_a_delivery_that_has_not_been_tried(world, delivery):
    world.post()
    assert {"envelope: -", "decided: -", "attempts: -"} < set(delivery(world.row.id).stdout.splitlines())


def test_a_delivery_that_is_not_there(delivery):
    done = delivery("0" * 26)
    assert (done.exit_code, done.stdout, "no delivery" in done.stderr) == (1, "", True)


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
