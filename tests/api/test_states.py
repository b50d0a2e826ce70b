"""The address that is told what becomes of what one posts."""

import json

import pytest

from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.runtime import engine

GOOD = [401, 204]


@pytest.fixture
def edith(program_of, world):
    return program_of("edda")


def test_it_is_registered_shown_changed_and_removed(edith, web):
    assert edith.get("/states").status_code == 404
    made = edith.ask("PUT", "/states", {"settings": {"url": web(GOOD).url(), "auth": "bearer", "secret": "hush"}})
    assert (made.status_code, made.json["active"], made.json["check"]["passed"]) == (200, True, True)
    [key] = made.json["made"]
    shown = edith.get("/states")
    assert shown.json == {name: it for name, it in made.json.items() if name != "made"}
    assert [word for word in ("hush", key["value"]) if word in shown.text] == []
    changed = edith.ask("PUT", "/states", {"settings": {"body": "cloudevents"}, "version": 1}).json
    assert (changed["settings"]["auth"], changed["version"], changed["made"]) == ("bearer", 2, [])
    assert edith.ask("PUT", "/states", {"settings": {"body": "plain"}, "version": 1}).status_code == 409
    assert edith.ask("DELETE", "/states").json == {"cancelled": 0}
    assert edith.ask("DELETE", "/states").status_code == 404


def test_what_is_wrong_is_said_at_its_place(edith, web):
    for wrong in ({"url": "ftp://example.com"}, {"url": "https://example.com", "colour": "red"}):
        answer = edith.ask("PUT", "/states", {"settings": wrong})
        assert [it["field"] for it in answer.json["errors"]] == [f"settings.{list(wrong)[-1]}"]
    open_ = edith.ask("PUT", "/states", {"settings": {"url": web(204).url()}})
    assert (open_.json["code"], [it["field"] for it in open_.json["errors"]]) == ("check_failed", ["waive"])


def test_it_may_learn_its_key_first_and_is_checked_when_it_is_switched_on(edith, web):
    edith.ask("PUT", "/states", {"settings": {"url": web([401, 500, 401, 204]).url()}, "active": False})
    assert edith.post("/states/activation", {}).json["code"] == "check_failed"
    assert edith.post("/states/activation", {}).json["active"]
    assert edith.post("/states/activation", {}).status_code == 409


def test_it_is_checked_on_demand(edith, web):
    assert edith.post("/states/checks").status_code == 404
    edith.ask("PUT", "/states", {"settings": {"url": web([401, 204, 200]).url()}})
    assert not edith.post("/states/checks").json["passed"]


def test_it_is_told_what_becomes_of_what_was_posted(edith, web, world):
    program = web(GOOD)
    edith.ask("PUT", "/states", {"settings": {"url": program.url()}})
    posted = edith.post("/messages", {"channel": "team.news", "recipients": ["emil"], "subject": "Hi", "body": "Ho"})
    assert posted.status_code == 201
    world.dispatch()
    world.retry()  # its sweep tells
    drain(engine(world.app), [Kind.FRESH])
    told = json.loads(program.requests[-1].body)
    [one] = told["attributes"]["deliveries"]
    assert (told["channel"], one["recipient"], one["state"]) == ("belfry.states", "emil", "sent")
