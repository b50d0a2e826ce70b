"""flask policies …"""

import json

import pytest


@pytest.fixture
def flask(app):
    return lambda *words: app.test_cli_runner().invoke(args=["policies", *words])


def rows(done):
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_preview_is_a_list_of_rows_and_nothing_else(flask):
    assert rows(flask("preview", "optimizely", "--json")) == [
        {"failure": 1, "retries_left": 3, "delay": 60, "elapsed": 60},
        {"failure": 2, "retries_left": 2, "delay": 300, "elapsed": 360},
        {"failure": 3, "retries_left": 1, "delay": 3600, "elapsed": 3960},
        {"failure": 4, "retries_left": 0, "delay": None, "elapsed": 3960},
    ]


def test_a_preview_for_a_type_of_message(flask):
    told = rows(flask("preview", "kazoo", "--type", "voicemail_new", "--json"))
    assert [(row["delay"], row["retries_left"]) for row in told] == [
        (900, 4),
        (2700, 3),
        (7200, 2),
        (86400, 1),
        (None, 0),
    ]


def test_where_chance_decides_it_is_the_most(flask):
    assert [row["delay"] for row in rows(flask("preview", "zitadel", "--json"))] == [1.5, 2.25, None]


def test_a_preview_for_people(flask):
    lines = flask("preview", "optimizely").stdout.splitlines()
    assert lines[3].split() == ["3", "1", "1", "h", "1", "h", "6", "min"]
    assert lines[4].split() == ["4", "0", "-", "1", "h", "6", "min"]


def test_the_list(flask):
    told = {row["name"]: row for row in rows(flask("list", "--json"))}
    assert told["kazoo"] == {
        "name": "kazoo",
        "kind": "linear",
        "tries": "4 tries over 1 h",
        "max_attempts": 4,
        "rules_for": ["voicemail_new"],
        "channels": [],
        "subscribers": 0,
        "preset": True,
        "version": 1,
    }
    assert told["zitadel"]["tries"] == "3 tries over 3.75 s at most"
    assert "4 tries over 1 h 6 min" in flask("list").stdout


def test_one_is_added_changed_and_removed(flask):
    made = rows(flask("add", "patient", "--kind", "steps", "--steps", "1 min, 1 h", "--tries", "3", "--json"))
    assert made["tries"] == "3 tries over 1 h 1 min"
    changed = rows(flask("edit", "patient", "--kind", "linear", "--first", "2 min", "--ttl", "1 d", "--json"))
    assert (changed["tries"], changed["version"]) == ("3 tries over 6 min", 2)
    assert rows(flask("edit", "patient", "--tries", "1", "--ttl", "", "--json"))["tries"].startswith("1 try")
    assert rows(flask("remove", "patient", "--json")) == {"removed": "patient"}
    assert "patient" not in flask("list").stdout


def test_an_edit_keeps_the_rules(flask):
    rows(flask("edit", "kazoo", "--first", "1 min", "--json"))
    first, *_ = rows(flask("preview", "kazoo", "--type", "voicemail_new", "--json"))
    assert first["delay"] == 900


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["preview", "no-such"], "policy"),
        (["edit", "no-such", "--tries", "1"], "policy"),
        (["remove", "no-such"], "policy"),
        (["remove", "optimizely"], "policy"),
        (["add", "a b", "--kind", "linear"], "name"),
        (["add", "kazoo", "--kind", "linear"], "name"),
        (["add", "p", "--kind", "lunar"], "kind"),
        (["add", "p", "--kind", "steps"], "steps"),
        (["add", "p", "--kind", "linear", "--first", "soon"], "initial_s"),
        (["edit", "kazoo", "--tries", "0"], "max_attempts"),
    ],
)
def test_a_refusal_names_the_field_on_stderr(flask, words, field):
    done = flask(*words, "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{field}: ")
