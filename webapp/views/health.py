"""/healthz: whether this process does its work, for a load balancer or a monitor."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from webapp.jobs import timekeeper
from webapp.runtime import runtime
from webapp.services.running import health
from webapp.views._blueprint import EVERYBODY, Screen

screen = Screen("health", __name__, role=EVERYBODY)


@screen.get("/healthz")
def check() -> ResponseReturnValue:
    """200 or 503 with what was measured, ages in seconds."""
    keeper = timekeeper()
    made = runtime()
    found = health.check(
        now=made.now(),
        dispatches=keeper is not None and "dispatcher" in keeper.jobs,
        uptime_s=keeper.uptime_s if keeper else 0.0,
        turned_s_ago=keeper.turned_s_ago if keeper else None,
        oldest_due_s=made.settings.oldest_due,
        oldest_held_s=made.settings.oldest_held,
    )
    return jsonify(found), 200 if found.ok else 503
