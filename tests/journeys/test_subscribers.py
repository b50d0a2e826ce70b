"""Who is told what, over the API from end to end: a channel with filter keys, real endpoints, one of which fails."""

import json

import pytest

from tests.support.smtp import reset

GOOD = [401, 204]  # refuses a stranger, and takes what comes from Belfry
KEYS = ["source", "type", "level"]
POSTED = {"channel": "team.orders", "recipients": ["emil"], "subject": "Order", "body": "One more."}
DELAYS = [25, 100, 400, 1600, 6400, 25600, 52000]  # s, from one failure to the next try
WANTS = {
    "everything": [{}],
    "one-key": [{"source": "1"}],
    "three-keys": [{"source": "1", "type": "a", "level": "*"}],
    "twice": [{"source": "1"}, {"type": "a"}],
    "another": [{"source": "13", "type": "a", "level": "*"}],
    "silent": [],
}
FAILS = "three-keys"


@pytest.fixture
def ada(program_of, world):
    world.channel("team.orders", filter_keys=KEYS)
    return program_of("ada", role="admin")


@pytest.fixture
def endpoints(ada, web):
    """A real one for each of WANTS, registered by the API; FAILS takes the check and nothing after it."""
    made = {}
    for name, groups in WANTS.items():
        made[name] = web([401, 204, 500] if name == FAILS else GOOD)
        filters = [{"channel": "team.orders", "groups": groups}] if groups else []
        settings = {"url": made[name].url(), "auth": "bearer", "secret": "open-sesame"}
        answer = ada.post("/subscribers", {"name": name, "settings": settings, "filters": filters})
        assert answer.status_code == 201, answer.json
    return made


def told(endpoint):
    """What it was asked after its check."""
    return endpoint.requests[2:]


def state_of(ada, name):
    return [it["state"] for it in ada.get(f"/deliveries?subscriber={name}").json["items"]]


def test_three_get_it_once_and_the_one_that_fails_its_eight_tries(ada, endpoints, world, browser_of):
    posted = ada.post("/messages", {**POSTED, "attributes": {"source": "1", "type": "a", "level": "high"}}).json
    world.dispatch()
    assert {name: len(told(it)) for name, it in endpoints.items()} == {
        "everything": 1, "one-key": 1, "three-keys": 1, "twice": 1, "another": 0, "silent": 0,
    }  # fmt: skip
    for number, delay in enumerate(DELAYS, start=2):
        world.clock.advance(delay - 1)
        world.retry()
        assert len(told(endpoints[FAILS])) == number - 1
        world.clock.advance(1)
        world.retry()
        assert len(told(endpoints[FAILS])) == number
    world.clock.advance(10**6)
    world.retry()
    assert {name: len(told(it)) for name, it in endpoints.items() if name != FAILS} == {
        "everything": 1, "one-key": 1, "twice": 1, "another": 0, "silent": 0,
    }  # fmt: skip
    assert len({it.headers["webhook-id"] for it in told(endpoints[FAILS])}) == 1
    assert [state_of(ada, name) for name in ("everything", FAILS, "another")] == [["sent"], ["undeliverable"], []]
    subscribers = ada.get(f"/messages/{posted['id']}").json["subscribers"]
    assert {it["name"]: it["state"] for it in subscribers} == {
        "everything": "sent", "one-key": "sent", "three-keys": "undeliverable", "twice": "sent",
    }  # fmt: skip
    assert FAILS in browser_of("otto", role="operator").get("/failed").text


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({}, {"everything", "one-key", "three-keys", "twice", "another"}),
        ({"source": "1"}, {"everything", "one-key", "three-keys", "twice"}),
        ({"source": "13", "level": "low"}, {"everything", "three-keys", "twice", "another"} - {"three-keys"}),
        ({"source": "2", "type": "b"}, {"everything"}),
    ],
)
def test_a_key_that_the_message_has_decides_and_one_that_it_lacks_does_not(ada, endpoints, world, attributes, wanted):
    kind = {} if "type" in attributes else {"type": "a"}
    ada.post("/messages", {**POSTED, **kind, "attributes": attributes})
    world.dispatch()
    assert {name for name, it in endpoints.items() if told(it)} == wanted


@pytest.mark.parametrize(
    ("answer", "state", "active"),
    [
        *[(status, "sent", True) for status in (200, 201, 202, 204, 206)],
        *[(status, "retrying", True) for status in (301, 400, 401, 404, 500, reset)],
        (410, "undeliverable", False),
    ],
)
@pytest.mark.one_database
def test_what_an_answer_comes_to(ada, web, world, answer, state, active):
    endpoint = web([401, 204, answer])
    ada.post("/subscribers", {"name": "archive", "settings": {"url": endpoint.url()},
                              "filters": [{"channel": "team.orders"}]})  # fmt: skip
    ada.post("/messages", POSTED)
    world.dispatch()
    assert state_of(ada, "archive") == [state]
    shown = ada.get("/subscribers/archive").json
    assert (shown["active"], shown["off"] and shown["off"]["why"]) == (active, None if active else "gone")
    assert json.loads(told(endpoint)[0].body)["subject"] == "Order"
