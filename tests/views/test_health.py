"""/healthz: for everybody, in JSON, 503 where this process does not do its work."""

import pytest
from sqlalchemy.exc import OperationalError

from webapp.services.running import health


def test_it_is_open_and_says_what_was_measured(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == {
        "ok": True, "database": "ok", "dispatcher_heartbeat_age": None, "oldest_due_age": None,
        "oldest_held_age": None, "paused": [], "problems": [],
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_due_is_told(world, client):
    world.post()
    world.clock.advance(400)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["oldest_due_age"]) == (200, 400.0), "no jobs run in this process"


def test_a_database_that_is_away_is_503(client, monkeypatch):
    def fail(_now):
        raise OperationalError("SELECT", {}, Exception("secret words"))

    monkeypatch.setattr(health, "_measure", fail)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["database"], answer.json["ok"]) == (503, "away", False)
    assert "secret words" not in answer.text


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client, method):
    assert getattr(client, method)("/healthz").status_code in {400, 405}
