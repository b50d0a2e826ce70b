"""The address of every page of an installation, so that a test can visit all of them."""

from flask import Flask, url_for
from werkzeug.routing import Rule

from tests.support.gallery_words import PROGRAM, VIEWER
from webapp.domain.delivery_state import DeliveryState
from webapp.extensions import db
from webapp.models import user as users
from webapp.problems import API
from webapp.runtime import runtime
from webapp.services.inbox import inbox
from webapp.services.people import tokens
from webapp.services.posting import channels, mappings, sent
from webapp.services.providers import outbox, provider_setup
from webapp.services.queue import queue
from webapp.services.subscribers import subscriber_setup
from webapp.tokens import Subscription

NOTHING = "00000000000000000000000000"  # a well-formed id that does not exist
NO_NUMBER = "404404"  # a number that is no row's id


def addresses(app: Flask) -> dict[str, str]:
    """The address of each page that answers a GET, by endpoint; its parameters name the newest rows.

    Where there are no rows, the address names something that does not exist. A route with unknown parameters is left
    out.
    """
    with app.app_context():
        known = _newest()
    with app.test_request_context():
        found: dict[str, str] = {}
        for rule in pages(app):
            named = {name: known.get((rule.endpoint.partition(".")[0], name)) for name in rule.arguments}
            if all(named.values()):
                found[rule.endpoint] = url_for(rule.endpoint, **named)
        return found


def pages(app: Flask) -> list[Rule]:
    """Every route that answers a GET, except static files and those for programs."""
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return [rule for rule in rules if rule.endpoint != "static" and not rule.rule.startswith(API)]


def _newest() -> dict[tuple[str, str], str]:
    """The values of addresses' parameters."""
    here, me = runtime(), users.named(db.session, VIEWER)
    assert me is not None
    copies = inbox.page(user_id=me.id, showing=inbox.Showing(), now=here.now()).entries
    posts = sent.page(user_id=me.id, now=here.now()).entries
    streams, providers = channels.listed(), provider_setup.listed(now=here.now(), vault=here.vault)
    endpoints = subscriber_setup.overview(vault=here.vault)
    mailbox = next((view.name for view in providers if view.kind == "file"), "nothing")
    letters = outbox.listed(name=mailbox, surroundings=here.surroundings).letters if providers else []
    return {
        ("notifications", "id"): copies[0].id if copies else NOTHING,
        ("sent", "id"): posts[0].id if posts else NOTHING,
        ("deliveries", "id"): _newest_delivery(),
        ("delivery_acts", "id"): _newest_delivery(DeliveryState.SENT),
        ("channels", "name"): streams[0].name if streams else "nothing.here",
        ("providers", "name"): providers[0].name if providers else "nothing",
        ("providers", "kind"): "smtp",
        ("policies", "name"): "kazoo",
        ("mappings", "id"): str(rules[-1].id) if (rules := mappings.listed()) else NO_NUMBER,
        **{
            (f"provider_{screen}", "name"): providers[0].name if providers else "nothing"
            for screen in ("roles", "history", "keys", "trial")
        },
        **{
            (screen, "name"): endpoints[0].name if endpoints else "nothing"
            for screen in ("subscribers", "subscriber_setup", "subscriber_life", "subscriber_keys", "recoveries")
        },
        ("outbox", "name"): mailbox,
        ("outbox", "letter"): letters[0].id if letters else NOTHING,
        ("jobs", "name"): "dispatcher",
        ("reference", "resource"): "subscribers",
        ("unsubscribe", "token"): here.tokens.of(Subscription(VIEWER, streams[0].name if streams else "a.b", "email")),
        ("users", "username"): VIEWER,
        ("user_tokens", "username"): PROGRAM if users.named(db.session, PROGRAM) else "nothing",
        ("tokens", "id"): _token(VIEWER),
        ("user_tokens", "id"): _token(PROGRAM),
    }


def _newest_delivery(*states: DeliveryState) -> str:
    rows = queue.newest(filters=queue.Filters(states=states), limit=1).rows
    return rows[0].id if rows else NOTHING


def _token(username: str) -> str:
    found = tokens.account_tokens(username=username, now=runtime().now()) if users.named(db.session, username) else []
    return str(found[0].id) if found else NOTHING
