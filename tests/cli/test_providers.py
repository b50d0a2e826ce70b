"""flask providers …: what it answers, and that it never tells a secret."""

import json

import pytest

from tests.support.smtp import ScriptedServer
from webapp.runtime import runtime
from webapp.services.providers import history, provider_setup

PASSWORD = "correct horse/battery+staple"


@pytest.fixture
def flask(app):
    return lambda *words, **more: app.test_cli_runner().invoke(args=["providers", *words], **more)


@pytest.fixture
def answer(flask):
    def ask(*words, **more):
        done = flask(*words, "--json", **more)
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        return json.loads(done.stdout)

    return ask


def settings(port: int = 25, **more: str) -> list[str]:
    account = {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "belfry@example.com"}
    signed_in = {"auth": "plain", "username": "belfry", "password": PASSWORD}
    return [word for key, value in (account | signed_in | more).items() for word in ("--set", f"{key}={value}")]


def test_kinds_tell_their_fields(answer):
    kinds = {kind["kind"]: kind for kind in answer("kinds")}
    fields = {field["name"]: field for field in kinds["smtp"]["fields"]}
    assert fields["password"]["secret"]
    assert fields["password"]["only_if"] == {"auth": ["plain", "login"]}
    assert fields["port"]["default"] == 587
    assert kinds["file"]["media"] == ["email", "sms"]


def test_one_is_added_activated_deactivated_and_removed(answer):
    made = answer("add", "smtp", "main", "--medium", "email", *settings())
    assert (made["name"], made["kind"], made["medium"], made["active"]) == ("main", "smtp", "email", False)
    assert made["secrets"] == ["password"]
    assert [each["name"] for each in answer("list")] == ["main"]
    assert "hours" not in made
    assert answer("activate", "main")["active"]
    assert answer("list")[0]["role"] == "primary"
    assert answer("deactivate", "main") == {"name": "main", "medium": "email", "successor": None, "cancelled": 0}
    assert answer("list")[0]["role"] == "inactive"
    assert answer("remove", "main") == {"removed": "main", "successor": None, "cancelled": 0}
    assert answer("list") == []


def test_activating_another_says_which_it_replaces(answer):
    answer("add", "file", "a", "--medium", "email", "--activate")
    answer("add", "file", "b", "--medium", "email")
    made = answer("activate", "b")
    assert (made["instead_of"], made["released"]) == ("a", 0)
    assert [each["name"] for each in answer("list") if each["active"]] == ["b"]


def test_the_former_one_can_stay_as_fallback_and_take_its_place_again(answer):
    for name in "abc":
        answer("add", "file", name, "--medium", "email")
    answer("activate", "a")
    answer("activate", "b", "--keep-as-fallback", "--why", "faster")
    assert answer("activate", "c", "--as-fallback")["role"] == "fallback"
    assert [each["name"] for each in answer("move-up", "c")] == ["b", "c", "a"]
    assert answer("deactivate", "b", "--then", "move", "--why", "moving")["successor"] == "c"
    told = [(event["what"], event["why"]) for event in answer("history", "b")]
    assert told == [("provider deactivated", "moving"), ("provider activated", "faster"), ("provider added", None)]


def test_a_history_is_told_whole(answer, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 1)
    answer("add", "file", "a", "--medium", "email", "--activate")
    answer("deactivate", "a")
    answer("activate", "a")
    whats = [event["what"] for event in answer("history", "a")]
    assert whats == ["provider activated", "provider deactivated", "provider activated", "provider added"]


def test_what_waits_can_be_cancelled(world, answer):
    world.post()
    assert answer("deactivate", "email-main", "--then", "cancel")["cancelled"] == 1
    assert world.states() == ["cancelled"]


def test_a_preset_fills_in_what_is_not_set(answer, flask):
    made = answer("add", "smtp", "main", "--preset", "postmark", *settings(security="starttls")[2:])
    assert made["settings"]["host"] == "smtp.postmarkapp.com"
    assert "There is no preset “pigeon”" in flask("add", "smtp", "x", "--preset", "pigeon").stderr


def test_a_key_is_printed_when_it_is_made_and_never_again(answer, flask, signing):
    made = answer("add", "signing", "relay", "--medium", "email", "--set", "host=a.example")
    first = made["signing_key"]
    second = answer("rotate-key", "relay")["signing_key"]
    assert "former key still counts" in flask("rotate-key", "relay").stderr
    third = answer("rotate-key", "relay", "--again")["signing_key"]
    assert answer("drop-former-key", "relay")["dropped"] == "signing_key"
    words = (["list"], ["list", "--json"], ["history", "relay"], ["kinds", "--json"])
    printed = "".join(flask(*told).output for told in words)
    assert len({first, second, third}) == 3
    assert not [key for key in (first, second, third) if key in printed]


def test_changes_are_told_by_their_labels(app, answer, signing):
    answer("add", "signing", "relay", "--medium", "email", "--set", "host=a.example")
    with app.app_context():
        here = runtime()
        told = {"by": "max", "now": here.now(), "vault": here.vault}
        provider_setup.edit(
            name="relay",
            version=1,
            raw={"host": "b.example", "auth": "basic", "password": "x", "signed": "off"},
            **told,
        )
    assert answer("history", "relay")[0]["changes"] == [
        "Host: a.example → b.example", "Sign-in: None → Basic", "Signed: on → off", "Password: set",
    ]  # fmt: skip


def test_a_secret_may_come_from_standard_input(answer):
    made = answer(
        "add",
        "smtp",
        "main",
        "--medium",
        "email",
        *settings(password=""),
        "--set-stdin",
        "password",
        input=f"{PASSWORD}\n",
    )
    assert made["secrets"] == ["password"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["add", "pigeon", "x", "--medium", "email"], "kind"),
        (["add", "webhook", "x", "--medium", "webhook"], "kind"),
        (["add", "file", "a b", "--medium", "email"], "name"),
        (["add", "file", "x", "--medium", "fax"], "medium"),
        (["add", "file", "x", "--medium", "email", "--set", "sender"], "set"),
        (["add", "file", "x", "--medium", "email", "--set", "colour=red"], "colour"),
        (["add", "smtp", "x", "--medium", "email", *settings(host="")], "host"),
        (["activate", "no"], "provider"),
        (["activate", "\udcff"], "provider"),
        (["deactivate", "\udcff"], "provider"),
        (["remove", "\udcff"], "provider"),
        (["test", "\udcff", "--to", "a@example.com"], "provider"),
        (["deactivate", "no"], "provider"),
        (["remove", "no"], "provider"),
        (["test", "no", "--to", "a@example.com"], "provider"),
        (["move-up", "no"], "provider"),
        (["history", "no"], "provider"),
        (["rotate-key", "no"], "provider"),
        (["drop-former-key", "no"], "provider"),
    ],
)
def test_a_refusal_names_the_field_and_no_secret(flask, answer, words, field):
    done = flask(*words, "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{field}: ")
    assert PASSWORD not in done.stderr
    assert answer("list") == []


def test_already_active_exits_with_1(flask, answer):
    answer("add", "file", "a", "--medium", "email", "--activate")
    assert "active already" in flask("activate", "a").stderr


def test_a_test_tells_every_step_and_exits_with_1_where_it_failed(flask, answer):
    server = ScriptedServer({"RCPT": ["250 fine", "550 nobody"]}, offers=("AUTH PLAIN",))
    try:
        answer("add", "smtp", "main", "--medium", "email", *settings(server.port))
        told = answer("test", "main", "--to", "ada@example.com")
        assert told["ok"]
        assert [phase["name"] for phase in told["phases"]][:2] == ["look-up", "connect"]
        failed = flask("test", "main", "--to", "ada@example.com", "--json")
    finally:
        server.stop()
    assert failed.exit_code == 1
    told = json.loads(failed.stdout)
    assert (told["ok"], told["reason"], told["reply"]) == (False, "RECIPIENT_REFUSED", "550 nobody")


def test_nothing_that_is_printed_holds_the_secret(flask, answer):
    answer("add", "smtp", "main", "--medium", "email", *settings(1, timeout="0.5"))
    words = (["list"], ["list", "--json"], ["test", "main", "--to", "a@example.com"], ["activate", "main", "--json"])
    assert PASSWORD not in "".join(flask(*told).output for told in words)
