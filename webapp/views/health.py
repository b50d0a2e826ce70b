"""/healthz: whether this process does its work, for a load balancer or a monitor."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from webapp.jobs.health import checked
from webapp.views._blueprint import EVERYBODY, Screen

screen = Screen("health", __name__, role=EVERYBODY)


@screen.get("/healthz")
def check() -> ResponseReturnValue:
    """200 or 503 with what was measured, ages in seconds."""
    found = checked()
    return jsonify(found), 200 if found.ok else 503
