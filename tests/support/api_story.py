"""One useful request for each operation of the API, in an order in which they succeed."""

from collections.abc import Callable
from typing import Any

from tests.support.world import World
from webapp.domain.envelope import Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.event_rule import EventRule
from webapp.domain.reason import Reason
from webapp.domain.role import Role
from webapp.services.posting import mappings

CLOUDEVENT = "application/cloudevents+json"
WEBHOOK = "A receiver of a test's: it lets everybody in."
Ask = Callable[..., Any]  # ("GET /channels/{name}", address parameters, query=, body=, sort= the content type)


def as_an_editor(ask: Ask, me: str, world: World, url: str) -> None:
    """All that everybody may do."""
    ask("GET /channels")
    ask("GET /channels/{name}", name="team.news")
    posted = ask("POST /messages", body=_message([me, "emil"]))["id"]
    ask("GET /messages")
    ask("GET /messages/{id}", id=posted)
    ask("GET /messages/{id}/recipients", id=posted)
    ask("POST /messages/{id}/cancellation", id=posted)
    _publish(ask, world, me)
    _read(ask)
    _prefer(ask)
    _hear_states(ask, url)
    ask("GET /users", query={"name": "em"})
    ask("GET /users/{username}", username="emil")


def as_an_operator(ask: Ask, _me: str, world: World, _url: str) -> None:
    """The queue, with a delivery for each act."""
    ask("GET /statistics")
    ask("GET /deliveries", query={"state": ["queued"]})
    failed = _delivery(world, PermanentFailure(Reason.RECIPIENT_REFUSED, "550 No such user"))
    ask("GET /deliveries/{id}", id=failed)
    ask("POST /deliveries/{id}/sending-again", id=failed, body={"generation": 1})
    ask("POST /deliveries/{id}/cancellation", id=failed)
    ask("POST /deliveries/sendings-again", body={"ids": [failed]})
    late = _delivery(world, TemporaryFailure(Reason.SERVER_BUSY, "451 Later"))
    ask("POST /deliveries/{id}/retry", id=late)
    world.channel("team.once", at_most_once=True)
    lost = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "", certainty=Certainty.MAY_HAVE_ARRIVED)
    ask("POST /deliveries/{id}/arrival", id=_delivery(world, lost, channel="team.once"))


def as_an_admin(ask: Ask, _me: str, _world: World, url: str) -> None:
    """Everything about the setup."""
    _provide(ask, url)
    _subscribe(ask, url)
    rule = {"channel": "team.news", "type": "com.example.*"}
    made = ask("POST /mappings", body=rule)
    id, version = made["id"], made["version"]
    ask("GET /mappings")
    ask("GET /mappings/{id}", id=id)
    ask("POST /mappings/trial", body={"type": "com.example.paid", "source": "/shop"})
    ask("PUT /mappings/{id}", id=id, body={**rule, "source": "/shop", "version": version})
    ask("POST /mappings/{id}/moves", id=id, body={"places": -1})
    ask("DELETE /mappings/{id}", id=id)


def _publish(ask: Ask, world: World, me: str) -> None:
    mappings.add(rule=EventRule(channel="team.news", recipients=("emil",)), by=me, now=world.clock.now())
    event = {"specversion": "1.0", "id": f"for-{me}", "source": "/shop", "type": "com.example.paid", "data": "Paid."}
    ask("POST /events", body=event, sort=CLOUDEVENT)


def _read(ask: Ask) -> None:
    copy = ask("GET /inbox")["items"][0]["id"]
    ask("GET /inbox/count")
    ask("GET /inbox/{id}", id=copy)
    ask("POST /inbox/{id}/reading", id=copy)
    ask("DELETE /inbox/{id}/reading", id=copy)
    ask("POST /inbox/readings", body={"ids": [copy]})


def _prefer(ask: Ask) -> None:
    ask("GET /preferences")
    wish = {"wanted": True, "digest": "daily 17:00"}
    ask("PUT /preferences/channels/{channel}/{medium}", channel="team.news", medium="email", body=wish)
    ask("PUT /preferences/quiet-hours", body={"quiet_hours": ["mon 22:00-07:00"]})
    ask("PUT /preferences/unread-after", body={"unread_after_s": 3600})
    muted = ask("POST /preferences/mutes", body={"what": "sender", "name": "edith"})["id"]
    ask("DELETE /preferences/mutes/{id}", id=muted)
    ask("GET /preferences/simulation", query={"channel": "team.news"})


def _hear_states(ask: Ask, url: str) -> None:
    ask("PUT /states", body={"settings": {"url": url}, "active": False})
    ask("GET /states")
    ask("POST /states/checks")
    ask("POST /states/activation", body={"waive": WEBHOOK})
    ask("DELETE /states")


def _provide(ask: Ask, url: str) -> None:
    ask("GET /provider-kinds")
    body = {"name": "relay", "kind": "http", "medium": "sms", "settings": {"url": url}}
    version = ask("POST /providers", body=body)["version"]
    ask("GET /providers")
    ask("GET /providers/{name}", name="relay")
    changed = {"version": version, "settings": {"at_once": 3}}
    ask("PATCH /providers/{name}", name="relay", body=changed)
    ask("POST /providers/{name}/trials", name="relay", body={"to": "+4930901820"})
    ask("POST /providers/{name}/keys", name="relay", body={})
    ask("DELETE /providers/{name}/keys/former", name="relay")
    ask("POST /providers/{name}/activation", name="relay", body={})
    ask("DELETE /providers/{name}/activation", name="relay")
    ask("DELETE /providers/{name}", name="relay")


def _subscribe(ask: Ask, url: str) -> None:
    filters = [{"channel": "team.news", "groups": [{}]}]
    body = {"name": "archive", "settings": {"url": url}, "filters": filters, "waive": WEBHOOK}
    version = ask("POST /subscribers", body=body)["version"]
    ask("GET /subscribers")
    ask("GET /subscribers/{name}", name="archive")
    ask("PATCH /subscribers/{name}", name="archive", body={"version": version, "policy": "kazoo"})
    ask("POST /subscribers/{name}/checks", name="archive")
    ask("POST /subscribers/{name}/keys", name="archive", body={})
    ask("DELETE /subscribers/{name}/keys/former", name="archive")
    ask("DELETE /subscribers/{name}/activation", name="archive")
    ask("POST /subscribers/{name}/activation", name="archive", body={"waive": WEBHOOK})
    ask("POST /subscribers/{name}/recoveries", name="archive", body={})
    ask("DELETE /subscribers/{name}", name="archive")


def _message(to: list[str]) -> dict[str, Any]:
    return {"channel": "team.news", "recipients": to, "subject": "Lunch", "body": "At *noon*."}


def _delivery(world: World, comes_of_it: BaseException, **message: Any) -> str:
    """The id of a delivery that was posted and tried once."""
    world.clock.advance(1)
    world.mail.answer = comes_of_it
    world.post("emil", **message)
    world.dispatch()
    return world.rows()[-1].id


STORIES: dict[Role, Callable[[Ask, str, World, str], None]] = {
    Role.EDITOR: as_an_editor,
    Role.OPERATOR: as_an_operator,
    Role.ADMIN: as_an_admin,
}
