"""Providers, as administrators' programs see them and set them up."""

import pytest

from webapp.domain.scope import Scope

RAW = {"host": "mail.example.com", "auth": "basic", "password": "hush"}
SMTP = {"host": "mail.example.com", "port": 587, "sender": "belfry@example.com"}


@pytest.fixture
def ada(program_of, signing):
    return program_of("ada", role="admin")


@pytest.fixture
def add(ada):
    """Gives the answer to one more provider."""

    def one(name="relay", *, kind="signing", medium="email", settings=None, **more):
        body = {"name": name, "kind": kind, "medium": medium, "settings": RAW if settings is None else settings}
        return ada.post("/providers", {**body, **more})

    return one


def secrets_in(answer):
    """What nobody is ever told."""
    return [word for word in ("hush", "key-of-the-house") if word in answer.get_data(as_text=True)]


def errors(answer):
    return {it["field"]: it["message"] for it in answer.json["errors"]}


def test_a_new_one_is_inactive_and_tells_its_key_this_once(ada, add):
    made = add()
    assert (made.status_code, made.json["role"], made.json["secrets"]) == (201, "inactive", ["password", "signing_key"])
    assert [key["name"] for key in made.json["made"]] == ["signing_key"]
    assert made.json["made"][0]["value"].startswith("key-of-the-house")
    assert "hush" not in made.get_data(as_text=True)
    later = ada.client.get(made.headers["Location"], headers={"Authorization": f"Bearer {ada.token}"})
    assert later.json == {name: it for name, it in made.json.items() if name != "made"}
    assert not secrets_in(later) + secrets_in(ada.get("/providers"))


def test_a_true_word_is_taken_in_its_own_sort(add):
    assert add(settings={**RAW, "signed": False}).json["settings"] == {
        "host": "mail.example.com", "auth": "basic", "headers": None, "signed": False, "at_once": None,
        "per_minute": None,
    }  # fmt: skip


def test_one_that_is_to_send_at_once_takes_the_place_of_another(ada, add):
    add("first", activate=True)
    assert add("second", activate=True, keep_former=True).json["role"] == "primary"
    roles = {it["name"]: it["role"] for it in ada.get("/providers").json["items"]}
    assert roles == {"first": "fallback", "second": "primary"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "not a name"}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"medium": "sms", "kind": "smtp", "settings": SMTP}, "medium"),
        ({"settings": {**RAW, "host": ""}}, "settings.host"),
        ({"settings": {**RAW, "signed": "yes"}}, "settings.signed"),
        ({"settings": {**RAW, "host": 5}}, "settings.host"),
        ({"settings": {**RAW, "password": None}}, "settings.password"),
        ({"settings": {**RAW, "colour": "red"}}, "settings.colour"),
        ({"settings": {**RAW, "signing_key": "mine"}}, "settings.signing_key"),
        ({"settings": {**SMTP, "port": "587"}, "kind": "smtp"}, "settings.port"),
        ({"settings": {**SMTP, "port": True}, "kind": "smtp"}, "settings.port"),
        ({"activate": "yes"}, "activate"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_written(ada, add, wrong, field):
    answer = add(**wrong)
    assert (answer.status_code, field in errors(answer)) == (422, True), answer.json
    assert ada.get("/providers").json["items"] == []


def test_the_medium_may_be_left_out_where_there_is_no_choice(ada):
    body = {"name": "mail", "kind": "smtp", "settings": SMTP}
    assert ada.post("/providers", body).json["medium"] == "email"
    several = ada.post("/providers", {"name": "relay", "kind": "signing", "settings": RAW})
    assert list(errors(several)) == ["medium"]


def test_an_edit_changes_what_it_names_and_keeps_the_rest(ada, add):
    version = add(settings={**RAW, "headers": "X-House: 1", "at_once": 3}).json["version"]
    changed = ada.ask("PATCH", "/providers/relay", {"version": version, "settings": {"signed": False, "headers": None}})
    assert (changed.status_code, changed.json["version"]) == (200, version + 1)
    assert changed.json["settings"] == {
        "host": "mail.example.com", "auth": "basic", "headers": None, "signed": False, "at_once": 3, "per_minute": None,
    }  # fmt: skip
    assert (changed.json["secrets"], changed.json["made"]) == (["password", "signing_key"], [])


def test_of_two_who_edit_the_second_is_told(ada, add):
    version = add().json["version"]
    edit = {"version": version, "settings": {"signed": False}}
    assert [ada.ask("PATCH", "/providers/relay", edit).status_code for _ in range(2)] == [200, 409]


def test_a_secret_does_not_follow_to_another_place(ada, add):
    version = add().json["version"]
    answer = ada.ask("PATCH", "/providers/relay", {"version": version, "settings": {"host": "elsewhere.example"}})
    assert (answer.status_code, list(errors(answer))) == (422, ["settings.password"])


def test_it_is_switched_on_and_off_and_says_what_came_of_it(ada, add):
    add("first", activate=True)
    add("second")
    on = ada.post("/providers/second/activation", {"why": "cheaper"}).json
    assert (on["provider"]["role"], on["provider"]["cast"]["why"], on["former"], on["former_role"]) == (
        "primary", "cheaper", "first", "inactive",
    )  # fmt: skip
    assert ada.post("/providers/second/activation", {}).status_code == 409
    assert ada.post("/providers/first/activation", {"role": "fallback"}).json["provider"]["role"] == "fallback"
    off = ada.ask("DELETE", "/providers/second/activation?then=move&why=broken").json
    assert off == {"name": "second", "medium": "email", "successor": "first", "cancelled": 0}
    assert ada.ask("DELETE", "/providers/second/activation").status_code == 409


def test_what_waits_is_held_or_cancelled_as_is_said(ada, world):
    for then, states in (("hold", ["held"]), ("cancel", ["cancelled"])):
        world.post("emil")
        gone = ada.ask("DELETE", f"/providers/email-main/activation?then={then}").json
        assert gone["cancelled"] == (2 if then == "cancel" else 0)
        assert set(world.states()) == set(states)
        ada.post("/providers/email-main/activation", {})


def test_one_that_is_removed_is_gone(ada, add):
    add()
    assert ada.ask("DELETE", "/providers/relay").json["name"] == "relay"
    assert ada.ask("DELETE", "/providers/relay").status_code == 404
    assert ada.get("/providers/relay").status_code == 404


@pytest.mark.parametrize(
    ("typed", "ok", "reason"), [(None, True, None), ({"password": "wrong"}, False, "AUTH"), ({}, True, None)]
)
def test_a_trial_tells_every_step_with_settings_that_are_saved_or_not(ada, add, typed, ok, reason):
    add()
    more = {} if typed is None else {"settings": typed}
    told = ada.post("/providers/relay/trials", {"to": "me@example.com", **more})
    assert (told.status_code, told.json["ok"], told.json["reason"]) == (200, ok, reason)
    assert [phase["name"] for phase in told.json["phases"]] == ["sign-in"]
    assert told.json["culprit"] == (None if ok else {"name": "password", "label": "Password"})
    assert ada.get("/providers/relay").json["version"] == 1


def test_a_key_is_replaced_told_once_and_the_former_one_dropped(ada, add):
    first = add().json["made"][0]["value"]
    made = ada.post("/providers/relay/keys", {})
    assert (made.status_code, made.json["name"], made.json["version"]) == (200, "signing_key", 2)
    assert made.json["value"] != first
    assert ada.get("/providers/relay").json["secrets"] == ["password", "signing_key", "signing_key_former"]
    assert ada.post("/providers/relay/keys", {}).status_code == 409
    assert ada.post("/providers/relay/keys", {"again": True, "version": 2}).status_code == 200
    assert ada.post("/providers/relay/keys", {"again": True, "version": 2}).status_code == 409
    dropped = ada.ask("DELETE", "/providers/relay/keys/former")
    assert (dropped.json["secrets"], secrets_in(dropped)) == (["password", "signing_key"], [])
    assert ada.ask("DELETE", "/providers/relay/keys/former").status_code == 409


def test_to_read_is_not_to_write(program_of, signing):
    reader = program_of("ada", role="admin", scopes=[Scope.PROVIDERS_READ])
    assert reader.get("/providers").status_code == 200
    assert reader.ask("DELETE", "/providers/relay").json["code"] == "scope_missing"
