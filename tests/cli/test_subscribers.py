"""flask subscribers …: what it answers, and that it never tells a secret but a key that it makes."""

import json

import pytest
from sqlalchemy import update

from webapp.models.channel import Channel

TOKEN = "correct horse/battery+staple"
PASSED = [401, 204]


@pytest.fixture
def flask(world):
    world.execute(update(Channel).values(filter_keys=["source"]))
    return lambda *words, **more: world.app.test_cli_runner().invoke(args=["subscribers", *words], **more)


@pytest.fixture
def answer(flask):
    def ask(*words, **more):
        done = flask(*words, "--json", **more)
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        return json.loads(done.stdout)

    return ask


def settings(url="https://archive.example/hook"):
    return ["--set", f"url={url}", "--set", "auth=bearer", "--set", f"secret={TOKEN}"]


def test_one_is_added_with_its_channels_and_its_key_told_once(answer):
    groups = ["--channel", 'team.news:{"source": 1}', "--channel", "team.news"]
    made = answer("add", "archive", *settings(), *groups, "--off")
    assert made["signing_key"].startswith("whsec_")
    assert made["channels"] == [{"channel": "team.news", "groups": [{"source": "1"}, {}]}]
    shown = answer("show", "archive")
    assert (shown["policy"], shown["active"], shown["secrets"]) == (
        "open-notificaties", False, ["secret", "signing_key"],
    )  # fmt: skip
    assert TOKEN not in repr((made, shown))
    assert [one["name"] for one in answer("list")] == ["archive"]


def test_it_is_checked_switched_on_changed_switched_off_and_removed(answer, web, world):
    answer("add", "archive", *settings(web(PASSED * 3).url()), "--channel", "team.news", "--off")
    assert answer("switch-on", "archive")["check_passed"] is True
    world.post("emil")
    assert answer("edit", "archive", "--set", "timeout=7", "--policy", "kazoo")["settings"]["timeout"] == 7
    assert answer("show", "archive")["channels"] == [{"channel": "team.news", "groups": [{}]}]
    assert answer("switch-off", "archive", "--why", "It moves.")["held"] == 1
    assert [step["status"] for step in answer("check", "archive")["steps"]] == PASSED
    assert answer("remove", "archive") == {"removed": "archive", "cancelled": 1}
    assert answer("list") == []


def test_a_check_that_fails_is_told_step_by_step(flask, web):
    server = web([200, 200, 200, 200])
    refused = flask("add", "archive", *settings(server.url()))
    assert (refused.exit_code, "The check failed." in refused.stderr) == (1, True)
    assert flask("add", "archive", *settings(server.url()), "--waive", "A wall.").exit_code == 0
    failed = flask("check", "archive", "--json")
    assert (failed.exit_code, json.loads(failed.stdout)["passed"]) == (1, False)


def test_the_key_is_replaced_and_the_former_dropped(answer):
    first = answer("add", "archive", *settings(), "--off")["signing_key"]
    made = answer("rotate-key", "archive")
    assert made["signing_key"] != first
    assert answer("drop-former-key", "archive")["dropped"] == "signing_key"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "archive", "--set", "url"], "set: Write each setting as key=value."),
        (["add", "archive", "--channel", "team.news:nothing"], "channel: Write a group of filters as JSON"),
        (["add", "archive", "--channel", 'team.news:{"a": []}'], "channel: Write a group of filters as JSON"),
        (["show", "nobody"], "subscriber: There is no subscriber named “nobody”."),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(flask, words, told):
    done = flask(*words)
    assert done.exit_code == 1
    assert done.stderr.startswith(told)


def test_a_secret_may_come_by_standard_input(answer):
    made = answer(
        "add", "archive", "--set", "url=https://a.example/", "--set", "auth=bearer", "--set-stdin", "secret", "--off",
        input=f"{TOKEN}\n",
    )  # fmt: skip
    assert made["secrets"] == ["secret", "signing_key"]
