"""flask channels …"""

import json

import pytest


@pytest.fixture
def flask(app):
    return lambda *words: app.test_cli_runner().invoke(args=["channels", *words])


def test_one_is_added_and_listed(flask):
    done = flask(
        "add", "news.releases", "--title", "Releases", "--media", "sms", "--media", "email", "--immediate", "--json"
    )
    made = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (0, "")
    assert (made["name"], made["media"], made["immediate"]) == ("news.releases", ["sms", "email"], True)
    assert json.loads(flask("list", "--json").stdout) == [made]


def test_defaults_are_e_mail_and_not_at_once(flask):
    made = json.loads(flask("add", "a.b", "--title", "B", "--json").stdout)
    assert (made["media"], made["immediate"]) == (["email"], False)


def test_for_people_it_is_a_table(flask):
    assert flask("list").stdout == "Nothing.\n"
    flask("add", "a.b", "--title", "B")
    assert "a.b" in flask("list").stdout


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["undotted", "--title", "T"], "name"),
        (["a.b", "--title", ""], "title"),
        (["a.b", "--title", "a\u2028b"], "title"),
        (["a.b", "--title", "T", "--media", "pigeon"], "media"),
    ],
)
def test_a_refusal_names_the_field_on_stderr(flask, words, field):
    done = flask("add", *words, "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{field}: ")
    assert json.loads(flask("list", "--json").stdout) == []
