"""`flask deliveries`, `dispatch`, `retry`, `truncate`: the contract for automation."""

import json
from datetime import timedelta

import pytest

from webapp.providers.file import File


@pytest.fixture
def run(app, world):
    """Run a command with --json: what it says, or the finished run where it fails."""

    def invoke(*words, check=True):
        done = app.test_cli_runner().invoke(args=[*words, "--json"])
        if not check:
            return done
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        return json.loads(done.stdout)

    return invoke


def test_a_pass_sends_and_says_how_many(world, run):
    world.post("emil", "edith")
    assert run("dispatch") == {"sent": 2}
    assert run("dispatch") == run("retry") == {}


def test_the_list(world, run):
    posted = world.post()
    [row] = run("deliveries")
    assert row == {
        "id": world.row.id, "message": posted.id, "state": "queued", "reason": None, "medium": "email",
        "recipient": "emil", "address": "emil@example.com", "attempts": 0, "retries_left": 4, "failed_at": None,
        "due_at": "2026-03-02T09:00:00Z", "last_error": None, "provider": None,
    }  # fmt: skip
    assert run("deliveries", "--state", "sent") == []
    assert run("deliveries", "--message", posted.id) == [row]
    refused = run("deliveries", "--state", "lost", check=False)
    assert (refused.exit_code, refused.stdout, refused.stderr[:7]) == (1, "", "state: ")


def test_a_list_that_is_cut_says_so(world, run):
    world.post("emil", "edith")
    first, second = (row.id for row in world.rows())
    cut = run("deliveries", "--limit", "1", check=False)
    assert (cut.exit_code, cut.stderr) == (
        0, "There are more than 1: these are the oldest. Ask for more by --limit.\n",
    )  # fmt: skip
    assert [row["id"] for row in json.loads(cut.stdout)] == [first]
    assert [row["id"] for row in run("deliveries", "--limit", "2")] == [first, second]
    assert run("deliveries", "--limit", "0", check=False).exit_code == 2


def test_a_failure_is_tried_again_when_it_is_due(world, run, monkeypatch):
    def fail(*_told):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(File, "send", fail)
        world.post()
        assert run("dispatch") == {"retrying": 1}
    world.clock.advance(59)
    assert run("retry") == {}
    world.clock.advance(1)
    assert run("retry") == {"sent": 1}


def test_forgetting(world, run):
    world.post()
    run("dispatch")
    world.clock.advance(timedelta(days=100))
    assert run("truncate", "--dry-run") == {"notifications": 1, "messages": 0, "dry_run": True}
    assert run("truncate") == {"notifications": 1, "messages": 0, "dry_run": False}
    assert run("truncate") == {"notifications": 0, "messages": 0, "dry_run": False}
