"""`flask send-again`, `retry-now`, `cancel`, `statistics`, and the lists of what failed and what waits."""

import json

import pytest
from sqlalchemy import select, update

from webapp.models.audit import AuditEvent
from webapp.models.delivery import Delivery


@pytest.fixture
def run(app, world):
    """Run a command with --json: its exit code, what it answers, what it says on stderr."""

    def invoke(*words):
        done = app.test_cli_runner().invoke(args=[*words, "--json"])
        return done.exit_code, json.loads(done.stdout) if done.stdout else None, done.stderr

    return invoke


def put(world, id, **columns):
    world.execute(update(Delivery).where(Delivery.id == id).values(**columns))


def ended(world, state="undeliverable", minutes=0, **columns):
    """One more delivery that ended so many minutes ago; gives its id."""
    world.post()
    id = world.rows()[-1].id
    world.clock.advance(minutes * 60)
    put(world, id, state=state, ended_at=world.clock.now(), **columns)
    return id


def test_cancel_and_send_again_by_ids(world, run):
    world.post("emil", "edith")
    one, other = [row.id for row in world.rows()]
    assert run("cancel", one, other) == (0, {"done": [one, other], "skipped": {}}, "")
    assert run("send-again", other) == (0, {"done": [other], "skipped": {}}, "")
    assert world.dispatch() == {"sent": 1}
    assert world.session.scalar(select(AuditEvent.who)).endswith(" (command)")


def test_retry_now(world, run):
    world.post()
    put(world, world.row.id, state="held")
    assert run("retry-now", world.row.id) == (0, {"done": [world.row.id], "skipped": {}}, "")
    assert world.retry() == {"sent": 1}


@pytest.mark.parametrize("command", ["send-again", "retry-now", "cancel"])
def test_what_was_skipped_is_named_and_fails_the_command(world, run, command):
    world.post()
    put(world, world.row.id, state="sending")
    skipped = {world.row.id: "It is already on its way.", "nonsense": "There is no such delivery."}
    said = "".join(f"{id}: {why}\n" for id, why in skipped.items())
    assert run(command, *skipped) == (1, {"done": [], "skipped": skipped}, said)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--older-than", "25m"], "a"),
        (["--older-than", "0"], "ab"),
        (["--reason", "dns"], "bef"),
        (["--reason", "DNS", "--older-than", "5m"], "be"),
        (["--state", "unknown"], "d"),
        (["--state", "cancelled", "--state", "filtered"], "cef"),
        (["--between", "2026-03-02T09:05Z", "2026-03-02T09:15Z"], "a"),
        (["--between", "2026-03-02T09:05", "2026-03-02T10:05+01:00"], None),
        (["--reason", "TLS"], ""),
    ],
)
def test_a_selection(world, run, options, found):
    made = {
        "a": ended(world, minutes=10, reason="AUTH"),
        "b": ended(world, minutes=10, reason="DNS"),
        "c": ended(world, "filtered", minutes=1, reason="NO_ADDRESS"),
        "d": ended(world, "unknown", minutes=1, reason="DNS"),
        "e": ended(world, "cancelled", minutes=1, reason="DNS"),
    }
    world.clock.advance(12 * 60)
    made["f"] = ended(world, "cancelled", reason="DNS")
    made["g"] = ended(world, "sent")
    world.clock.advance(1)
    code, answer, said = run("send-again", *options)
    if found is None:
        assert (code, said) == (1, "between: FROM has to be before TO.\n")
        return
    assert (code, answer, said) == (0, {"done": [made[one] for one in found], "skipped": {}}, "")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 1, "ids: Name deliveries by their ids, or select them"),
        (["0" * 26, "--older-than", "1h"], 1, "ids: Name deliveries by their ids, or select them"),
        (
            ["--older-than", "1h", "--between", "2026-03-02T09:00Z", "2026-03-02T10:00Z"],
            1,
            "between: Give --older-than or",
        ),
        (["--older-than", "99999999d"], 1, "older-than: Nothing is as old as that."),
        (["--older-than", "soon"], 2, "is no duration"),
        (["--between", "soon", "later"], 2, "is no time"),
        (["--reason", "WEATHER"], 2, "WEATHER"),
        (["--state", "queued"], 2, "queued"),
    ],
)
def test_what_is_refused(run, words, code, says):
    exit_code, answer, said = run("send-again", *words)
    assert (exit_code, answer, says in said) == (code, None, True), said


def test_no_ids_no_deed(run):
    assert run("cancel")[0] == run("retry-now")[0] == 2


def test_what_failed_what_waits_and_by_type(world, run):
    failed = [ended(world), ended(world, "unknown")]
    world.post(type="voicemail")
    _, rows, _ = run("deliveries", "--failed")
    assert [row["id"] for row in rows] == failed
    _, rows, _ = run("deliveries", "--pending")
    assert [row["state"] for row in rows] == ["queued"]
    assert run("deliveries", "--by-type") == (
        0,
        [
            {"type": "message", "state": "undeliverable", "count": 1},
            {"type": "message", "state": "unknown", "count": 1},
            {"type": "voicemail", "state": "queued", "count": 1},
        ],
        "",
    )
    assert [row["type"] for row in run("deliveries", "--pending", "--by-type")[1]] == ["voicemail"]
    assert run("deliveries", "--failed", "--pending")[::2] == (
        1,
        "state: Give one of --state, --failed and --pending.\n",
    )


def test_the_numbers(world, run):
    world.post()
    code, counted, _ = run("statistics")
    assert (code, counted["deliveries"], counted["states"]["queued"], counted["due"]) == (0, 1, 1, 1)
    assert counted["oldest_due_at"] == "2026-03-02T09:00:00Z"
