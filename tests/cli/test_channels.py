"""flask channels …"""

import json

import pytest


@pytest.fixture
def flask(app):
    return lambda *words: app.test_cli_runner().invoke(args=["channels", *words])


@pytest.fixture
def told(flask):
    """What a command answers as JSON."""

    def ask(*words):
        done = flask(*words, "--json")
        assert (done.exit_code, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return ask


def options(channel) -> dict:
    return {name: channel[name] for name in DEFAULTS}


DEFAULTS = {
    "title": "B", "description": "", "media": ["email"], "immediate": False, "every_s": 0, "formatter": None,
    "policy": "optimizely", "ttl_s": None, "keep_months": None, "required": False, "at_most_once": False,
    "posters": None, "filter_keys": [],
}  # fmt: skip
ALL = (
    *("--description", "All.", "--media", "sms", "--media", "email", "--every", "15m", "--formatter", "plain"),
    *("--policy", "kazoo", "--ttl", "2h", "--keep-months", "6", "--required", "--at-most-once"),
    *("--poster", "role:operator", "--filter-key", "source", "--filter-key", "level"),
)
MADE_OF_ALL = DEFAULTS | {
    "description": "All.", "media": ["sms", "email"], "every_s": 900, "formatter": "plain", "policy": "kazoo",
    "ttl_s": 7200.0, "keep_months": 6, "required": True, "at_most_once": True, "posters": ["role:operator"],
    "filter_keys": ["source", "level"],
}  # fmt: skip


def test_one_is_added_with_its_defaults(told):
    made = told("add", "a.b", "--title", "B")
    assert options(made) == DEFAULTS
    assert (made["name"], made["version"]) == ("a.b", 1)


def test_every_option_is_there_when_it_is_added(told):
    assert options(told("add", "a.b", "--title", "B", *ALL)) == MADE_OF_ALL
    assert options(told("show", "a.b")) == MADE_OF_ALL


def test_every_option_is_there_when_it_is_changed_and_the_others_stay(told):
    told("add", "a.b", "--title", "B")
    changed = told("edit", "a.b", *ALL)
    assert options(changed) == MADE_OF_ALL
    assert changed["version"] == 2
    assert options(told("edit", "a.b", "--title", "C")) == MADE_OF_ALL | {"title": "C"}


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["--every", "0", "--immediate"], {"every_s": 0, "immediate": True}),
        (["--formatter", "-"], {"formatter": None}),
        (["--ttl", "0"], {"ttl_s": None}),
        (["--keep-months", "0"], {"keep_months": None}),
        (["--not-required", "--at-least-once"], {"required": False, "at_most_once": False}),
        (["--everybody-posts"], {"posters": None}),
        (["--nobody-posts"], {"posters": []}),
        (["--inbox-only", "--no-filter-keys"], {"media": [], "filter_keys": []}),
        (["--description", ""], {"description": ""}),
    ],
)
def test_what_was_said_is_taken_back(told, words, changed):
    told("add", "a.b", "--title", "B", *ALL)
    assert options(told("edit", "a.b", *words)) == MADE_OF_ALL | changed


def test_they_are_listed_with_how_they_fare(told, flask):
    told("add", "a.b", "--title", "B", "--media", "sms")
    [listed] = told("list")
    assert listed["senders"] == [{"medium": "sms", "provider": None, "instead_of": None, "paused": None}]
    assert (listed["failed_7_days"], listed["failed_more"], listed["formatters"]) == (0, False, ["plain"])
    assert told("list", "--failing") == []
    table = flask("list").stdout
    for words in ("a.b", "sms: no provider", "next run", "at least once"):
        assert words in table


def test_without_any_it_says_so(flask):
    assert flask("list").stdout == "Nothing.\n"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["undotted", "--title", "T"], "name"),
        (["a.b", "--title", ""], "title"),
        (["a.b", "--title", "a\u2028b"], "title"),
        (["a.b", "--title", "T", "--media", "pigeon"], "media"),
        (["a.b", "--title", "T", "--media", "sms", "--inbox-only"], "media"),
        (["a.b", "--title", "T", "--policy", "never"], "policy"),
        (["a.b", "--title", "T", "--formatter", "fancy"], "formatter"),
        (["a.b", "--title", "T", "--poster", "nobody"], "posters"),
        (["a.b", "--title", "T", "--poster", "role:king"], "posters"),
        (["a.b", "--title", "T", "--poster", "role:admin", "--everybody-posts"], "posters"),
        (["a.b", "--title", "T", "--every", "1m", "--immediate"], "every_s"),
        (["a.b", "--title", "T", "--every", "0.5s"], "every_s"),
        (["a.b", "--title", "T", "--every", "90.5"], "every_s"),
        (["a.b", "--title", "T", "--keep-months", "-1"], "keep_months"),
        (["a.b", "--title", "T", "--filter-key", "a b"], "filter_keys"),
    ],
)
def test_a_refusal_names_the_field_on_stderr(flask, words, field):
    done = flask("add", *words, "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{field}: ")
    assert json.loads(flask("list", "--json").stdout) == []


def test_what_is_not_there_is_said(flask):
    for words in (["edit", "no.such", "--title", "T"], ["show", "no.such"]):
        done = flask(*words)
        assert (done.exit_code, done.stderr) == (1, "channel: There is no channel named “no.such”.\n")
