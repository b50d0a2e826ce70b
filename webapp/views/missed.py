"""Why didn't somebody get it? What did not reach a person, or of a channel, for those who run the place."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.refusal import Missing
from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.people import accounts
from webapp.services.people.accounts import Person
from webapp.services.queue.missed import MANY, Missed, missed
from webapp.views._answers import page
from webapp.views._blueprint import Screen
from webapp.views._of_subscriber import of_subscriber

MOST = 10  # people of whom one is to be chosen

screen = Screen("missed", __name__, role=Role.OPERATOR)


@screen.get("/deliveries")
def index() -> Any:
    """The latest that did not arrive; or a choice of people, where a name fits several. For a subscriber, all
    deliveries."""
    if request.args.get("subscriber", "").strip():
        return of_subscriber()
    asked = {name: request.args.get(name, "").strip()[:200] for name in ("user", "channel")}
    people = _people(asked["user"]) if asked["user"] else []
    whom = people[0] if len(people) == 1 else None
    found, said = _found(whom, asked) if whom or (asked["channel"] and not asked["user"]) else (None, "")
    return page("missed/index.html", asked=asked, people=people, whom=whom, missed=found, said=said)


def _people(words: str) -> list[Person]:
    """The person of that username; else the people with a word that begins so."""
    return accounts.several(usernames=[words]) or accounts.find(partial=words, limit=MOST)


def _found(whom: Person | None, asked: dict[str, str]) -> tuple[Missed | None, str]:
    try:
        username, channel = whom.username if whom else None, asked["channel"] or None
        return missed(username=username, channel=channel, now=runtime().now(), limit=MANY), ""
    except Missing:
        return None, _("There is no channel “%(name)s”.", name=asked["channel"])
