"""`flask jobs`: how the jobs fare, and what is ordered of them."""

import json
from datetime import timedelta

import pytest

from webapp.services.running import job_orders, jobs


@pytest.fixture
def run(app, world):
    """Run a command with --json: what it says, or the finished run where it fails."""

    def invoke(*words, check=True):
        done = app.test_cli_runner().invoke(args=["jobs", *words, "--json"])
        if not check:
            return done
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        return json.loads(done.stdout)

    return invoke


@pytest.fixture
def running(world):
    jobs.beat(process="h:1", host="h", pid=1, jobs=("dispatcher", "truncation"), now=world.clock.now())


@pytest.fixture
def note(world):
    at = world.clock.now()
    told = {"process": "h:1", "started_at": at - timedelta(seconds=2), "ended_at": at}
    jobs.note_run(job="dispatcher", counts={"sent": 3, "retrying": 1}, **told)


def test_the_list(run, running, note):
    dispatcher, resender, truncation = run("list")
    assert dispatcher == {
        "name": "dispatcher", "every_s": 2.0, "batch": 200, "paused": None, "paused_until": None,
        "last_at": "2026-03-02T09:00:00Z", "done": 3, "failed": 1, "error": None, "next_at": "2026-03-02T09:00:02Z",
        "run_by": ["h:1"],
    }  # fmt: skip
    assert (resender["last_at"], resender["run_by"]) == (None, [])
    assert (truncation["every_s"], truncation["next_at"]) == (None, "2026-03-03T03:00:00Z")


def test_the_runs_and_the_runners(run, running, note):
    [made] = run("runs", "dispatcher")
    assert (made["trigger"], made["done"], made["started_at"]) == ("timer", 3, "2026-03-02T08:59:58Z")
    assert run("runs", "resender") == []
    [runner] = run("runners")
    assert (runner["host"], runner["jobs"], runner["alive"]) == ("h", ["dispatcher", "truncation"], True)


def test_orders(world, run, running):
    def order():
        return job_orders.order(job="dispatcher", now=world.clock.now())

    assert run("run", "dispatcher") == {"asked_for": "dispatcher"}
    assert order().wanted_at == world.clock.now()
    assert run("pause", "dispatcher", "--reason", "Moving", "--for", "2h") == {
        "paused": "dispatcher", "until": "2026-03-02T11:00:00Z",
    }  # fmt: skip
    assert order().paused_by.endswith("(command)")
    assert run("resume", "dispatcher") == {"resumed": "dispatcher"}
    assert not order().paused
    assert run("set", "dispatcher", "--every", "5", "--batch", "9") == {
        "job": "dispatcher", "every_s": 5.0, "batch": 9,
    }  # fmt: skip
    assert (order().every_s, order().batch) == (5, 9)
    run("set", "dispatcher")
    assert order() == job_orders.NOTHING


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("runs", "digest"), "There is no job named “digest”"),
        (("run", "dispatcher"), "No process runs the dispatcher now"),
        (("resume", "dispatcher"), "The dispatcher is not paused."),
        (("set", "dispatcher", "--every", "0"), "From 1 to 86400 seconds"),
        (("pause", "dispatcher", "--reason", " "), "Please fill this in."),
        (("pause", "dispatcher", "--reason", "Moving", "--for", "0"), "That has gone by already"),
        (("pause", "dispatcher", "--reason", "Moving", "--for", "9999999d"), "longer than Belfry can reckon"),
        (("pause", "dispatcher", "--reason", "Moving", "--for", "2600000d"), "further away than Belfry can reckon"),
    ],
)
def test_what_cannot_be_done_exits_with_1(run, words, said):
    done = run(*words, check=False)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr
