"""Subscribers: the endpoints that are told what is posted, for administrators. How they fare, all and one by one."""

from typing import Any

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.subscribers import latest, subscriber_setup
from webapp.views._answers import page
from webapp.views._blueprint import Place, Screen
from webapp.views._subscribers import named, stands, tabs, verdict

screen = Screen("subscribers", __name__, role=Role.ADMIN, place=Place("Subscribers", "broadcast", 2, 25))


@screen.get("/subscribers")
def index() -> Any:
    """All of them, and in one line how they fare."""
    found = subscriber_setup.overview(vault=runtime().vault)
    return page("subscribers/index.html", subscribers=found, verdict=verdict(found), stands=stands)


@screen.get("/subscribers/<name>")
def show(name: str) -> Any:
    """One of them: how it stands, what it is told of, and what it was told last."""
    one = named(name, counted=True)
    last = latest.deliveries(subscriber_id=one.id)
    told = {"subscriber": one, "tabs": tabs(one), "stands": stands(one), "latest": last}
    return page("subscribers/show.html", **told, now=runtime().now())
