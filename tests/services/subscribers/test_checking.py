"""The callback check of a subscriber, as a service: what goes out, what comes back, and that nothing is locked."""

import json

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.web import answer
from webapp.extensions import db
from webapp.providers._signing import make_key
from webapp.runtime import runtime
from webapp.services.subscribers import checking

pytestmark = pytest.mark.usefixtures("session")

KEY = make_key()


@pytest.fixture
def check():
    def ask(url, **settings):
        told = {"settings": {"url": url, **settings}, "secrets": {"signing_key": KEY, "secret": "Token-9"}}
        return checking.check(**told, clock=runtime().clock, surroundings=runtime().surroundings)

    return ask


@pytest.mark.parametrize(("script", "passed"), [([401, 204], True), ([200, 204], False), ([403, 500], False)])
def test_an_endpoint_passes_that_refuses_strangers_and_takes_belfry_s(check, web, script, passed):
    result = check(web(script).url(), auth="bearer")
    assert result.passed is passed
    assert [step.status for step in result.steps] == script


@pytest.mark.parametrize(("body", "marked"), [("plain", lambda told: told), ("cloudevents", lambda told: told["data"])])
def test_what_is_sent_is_marked_as_a_test(check, web, clock, body, marked):
    server = web([401, 204])
    assert check(server.url(), auth="bearer", body=body).passed
    for asked in server.requests:
        event = marked(json.loads(asked.body))
        assert (event["type"], event["channel"]) == ("callback_check", "belfry.check")
        assert event["attributes"] == {"test": "true"}
        assert int(asked.headers["webhook-timestamp"]) == int(clock.now().timestamp())
    assert server.requests[0].headers["webhook-id"] != server.requests[1].headers["webhook-id"]
    assert server.requests[1].headers["authorization"] == "Bearer Token-9"


def test_it_is_signed_by_the_key(check, web, clock):
    server = web([401, 204])
    check(server.url())
    stranger, own = server.requests
    with time_machine.travel(clock.now(), tick=False):
        Webhook(KEY).verify(own.body, own.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(KEY).verify(stranger.body, stranger.headers)


def test_no_transaction_is_open_meanwhile(check, web):
    session, was_open = db.session.registry(), []

    def look(conversation):
        was_open.append(session.in_transaction())
        conversation.say(answer(401))

    server = web(look)
    session.connection()
    check(server.url())
    assert was_open == [False, False]
