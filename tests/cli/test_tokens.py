"""`flask tokens`: the contract for automation."""

import json

import pytest

from webapp.services.people import tokens


@pytest.fixture
def run(app, add_person):
    add_person("build")
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["tokens", *words])


MAKE = ["make", "build", "--name", "ci", "--scope", "messages:write", "--scope", "channels:read"]


def test_one_is_made_listed_without_its_secret_and_revoked(run, app, clock):
    made = json.loads(run(*MAKE, "--json").stdout)
    assert made["token"].startswith("bel_")
    listed = run("list", "--json").stdout
    assert made["token"] not in listed
    [row] = json.loads(listed)
    assert (row["username"], row["name"], row["state"], row["id"]) == ("build", "ci", "good", made["id"])
    assert row["scopes"] == ["messages:write", "channels:read"]
    assert json.loads(run("list", "--user", "build", "--json").stdout) == [row]
    assert json.loads(run("revoke", str(made["id"]), "--json").stdout)["state"] == "revoked"
    with app.app_context():
        assert tokens.caller_of(token=made["token"], now=clock.now()) is None


def test_people_are_told_the_token_and_nothing_else(run):
    assert run(*MAKE).stdout.strip().startswith("bel_")


def test_it_never_expires_only_where_that_is_said(run):
    assert json.loads(run(*MAKE, "--json").stdout)["expires_at"]
    again = ["make", "build", "--name", "other", "--scope", "inbox:read", "--never-expires", "--json"]
    assert json.loads(run(*again).stdout)["expires_at"] is None


@pytest.mark.parametrize(
    "words",
    [["make", "nobody", "--name", "x", "--scope", "inbox:read"], ["make", "build", "--name", "x"], ["revoke", "77"],
     ["make", "build", "--name", "x", "--scope", "providers:read"], ["list", "--user", "nobody"]],
)  # fmt: skip
def test_what_cannot_be_is_said_and_fails(words, run):
    done = run(*words)
    assert done.exit_code == 1
    assert done.stderr
