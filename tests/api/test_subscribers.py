"""Subscribers, as administrators' programs see them and set them up."""

import pytest

GOOD = [401, 204]  # refuses a stranger, and takes what comes from Belfry
OPEN = 204  # lets everybody in


@pytest.fixture
def ada(program_of, world):
    world.channel("team.orders", filter_keys=["source", "order_type"])
    return program_of("ada", role="admin")


@pytest.fixture
def add(ada, web):
    """Gives the answer to one more subscriber."""

    def one(script=None, *, name="archive", settings=None, **more):
        url = web(GOOD if script is None else script).url()
        return ada.post("/subscribers", {"name": name, "settings": {"url": url, **(settings or {})}, **more})

    return one


@pytest.fixture
def patch(ada):
    def one(version, **more):
        return ada.ask("PATCH", "/subscribers/archive", {"version": version, **more})

    return one


def errors(answer):
    return {it["field"]: it["message"] for it in answer.json["errors"]}


def test_a_new_one_is_checked_and_tells_its_key_this_once(ada, add):
    filters = [{"channel": "team.orders", "groups": [{"source": "1"}, {"orderType": "*"}]}, {"channel": "team.news"}]
    made = add(settings={"auth": "bearer", "secret": "hush"}, filters=filters)
    assert made.status_code == 201, made.json
    assert made.json["filters"] == [
        {"channel": "team.news", "groups": [{}]},
        {"channel": "team.orders", "groups": [{"source": "1"}, {"order_type": "*"}]},
    ]
    assert (made.json["active"], made.json["check"]["passed"], made.json["policy"]) == (True, True, "open-notificaties")
    [key] = made.json["made"]
    later = ada.client.get(made.headers["Location"], headers={"Authorization": f"Bearer {ada.token}"})
    assert later.json == {name: it for name, it in made.json.items() if name != "made"}
    for answer in (later, ada.get("/subscribers"), ada.get("/subscribers?limit=1")):
        assert [word for word in ("hush", key["value"]) if word in answer.text] == []


def test_an_open_door_takes_a_reason(ada, add):
    refused = add(OPEN)
    assert (refused.status_code, refused.json["code"], list(errors(refused))) == (422, "check_failed", ["waive"])
    assert ada.get("/subscribers").json["items"] == []
    made = add(OPEN, waive="It stands in our own cellar.")
    assert (made.status_code, made.json["check"]["waived"]) == (201, "It stands in our own cellar.")


def test_it_may_learn_its_key_before_it_is_switched_on(ada, add):
    made = add(active=False)
    assert (made.json["active"], made.json["check"], made.json["off"]["why"]) == (False, None, "person")
    on = ada.post("/subscribers/archive/activation", {})
    assert (on.status_code, on.json["subscriber"]["active"], on.json["released"]) == (200, True, 0)
    assert ada.post("/subscribers/archive/activation", {}).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "not a name"}, "name"),
        ({"policy": "no-such"}, "policy"),
        ({"settings": {"url": "ftp://example.com"}}, "settings.url"),
        ({"settings": {"auth": "bearer"}}, "settings.secret"),
        ({"settings": {"timeout": "10"}}, "settings.timeout"),
        ({"settings": {"signing_key": "whsec_bWluZQ=="}}, "settings.signing_key"),
        ({"filters": [{"channel": "no.such"}]}, "filters.no.such"),
        ({"filters": [{"channel": "team.orders", "groups": [{"colour": "red"}]}]}, "filters.team.orders"),
        ({"filters": [{"channel": "team.orders", "groups": [{"source": 1}]}]}, "filters.0.groups.0.source.value"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_written(ada, add, wrong, field):
    answer = add(**wrong)
    assert (answer.status_code, field in errors(answer)) == (422, True), answer.json
    assert ada.get("/subscribers").json["items"] == []


def test_an_edit_changes_what_it_names_and_keeps_the_rest(ada, add, patch):
    add(settings={"auth": "bearer", "secret": "hush"}, filters=[{"channel": "team.news"}])
    changed = patch(1, settings={"body": "cloudevents"}, policy="kazoo").json
    assert (changed["settings"]["body"], changed["settings"]["auth"], changed["policy"]) == (
        "cloudevents", "bearer", "kazoo",
    )  # fmt: skip
    assert (changed["filters"], changed["secrets"]) == (
        [{"channel": "team.news", "groups": [{}]}], ["secret", "signing_key"],
    )  # fmt: skip
    assert patch(changed["version"], filters=[]).json["filters"] == []
    assert patch(1, filters=[]).status_code == 409


def test_another_endpoint_is_checked_before_it_is_written_down(add, patch, web):
    add()
    refused = patch(1, settings={"url": web(OPEN).url()})
    assert (refused.status_code, refused.json["code"]) == (422, "check_failed")
    assert patch(1, settings={"url": web(GOOD).url()}).json["check"]["passed"]


def test_it_is_checked_on_demand(ada, add):
    add([401, 204, 401, 500])
    found = ada.post("/subscribers/archive/checks")
    assert (found.status_code, found.json["passed"]) == (200, False)
    assert [(step["status"], step["ok"]) for step in found.json["steps"]] == [(401, True), (500, False)]
    assert ada.get("/subscribers/archive").json["check"] == found.json


def test_what_is_posted_while_it_is_off_waits_and_goes_out_or_is_cancelled(ada, add, world):
    add(filters=[{"channel": "team.orders"}])
    off = ada.ask("DELETE", "/subscribers/archive/activation?why=moving")
    assert off.json == {"name": "archive", "held": 0, "cancelled": 0}
    world.post("emil", channel="team.orders")
    world.dispatch()
    assert ada.get("/subscribers/archive").json["numbers"]["held"] == 1
    assert ada.post("/subscribers/archive/activation", {}).json["released"] == 1
    assert ada.ask("DELETE", "/subscribers/archive/activation?then=cancel").json["cancelled"] == 1
    assert ada.ask("DELETE", "/subscribers/archive/activation").status_code == 409


def test_one_that_is_removed_is_gone(ada, add):
    add()
    assert ada.ask("DELETE", "/subscribers/archive?why=done").json["name"] == "archive"
    assert [ada.ask(method, "/subscribers/archive").status_code for method in ("GET", "DELETE")] == [404, 404]


def test_its_key_is_replaced_told_once_and_the_former_one_dropped(ada, add):
    first = add().json["made"][0]["value"]
    made = ada.post("/subscribers/archive/keys", {"version": 1})
    assert (made.status_code, made.json["name"], made.json["version"]) == (200, "signing_key", 2)
    assert made.json["value"] != first
    assert ada.post("/subscribers/archive/keys", {}).status_code == 409
    assert ada.get("/subscribers/archive").json["secrets"] == ["signing_key", "signing_key_former"]
    assert ada.ask("DELETE", "/subscribers/archive/keys/former?version=2").json["secrets"] == ["signing_key"]


def test_what_failed_is_sent_again_and_what_it_missed_is_made(ada, add, world):
    world.post("emil", channel="team.orders")
    since = world.clock.now().isoformat()
    world.clock.advance(1)
    add([401, 204, 410, 401, 204], filters=[{"channel": "team.orders"}])
    world.post("emil", channel="team.orders")
    world.dispatch()
    assert ada.get("/subscribers/archive").json["off"]["why"] == "gone"
    ada.post("/subscribers/archive/activation", {})
    assert ada.post("/subscribers/archive/recoveries", {}).json == {"again": 1, "made": 0, "more": False}
    never = ada.post("/subscribers/archive/recoveries", {"since": since, "sorts": ["never"]})
    assert never.json == {"again": 0, "made": 1, "more": False}
    assert ada.post("/subscribers/no-such/recoveries", {}).status_code == 404
