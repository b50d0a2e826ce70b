"""`flask users`: the contract for automation."""

import json

import pytest

from webapp.services import accounts

PASSWORD = "a long enough password"
NINA = ["users", "add", "nina", "--display-name", "Nina Öst", "--email", "nina@example.com", "--role", "operator"]


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *words, **more: runner.invoke(args=words, **more)


@pytest.fixture
def people(app):
    def read():
        with app.app_context():
            return [person.username for person in accounts.listed()]

    return read


def test_somebody_is_added_and_can_sign_in(run, client):
    result = run(*NINA, "--phone", "+49 30 901820", "--password-stdin", "--json", input=f"{PASSWORD}\nnot this line\n")
    assert (result.exit_code, result.stderr) == (0, "")
    told = json.loads(result.stdout)
    assert told == {
        "id": told["id"],
        "username": "nina",
        "display_name": "Nina Öst",
        "email": "nina@example.com",
        "phone": "+4930901820",
        "tz": "UTC",
        "locale": "en_GB",
        "role": "operator",
        "active": True,
        "demo": False,
    }
    assert PASSWORD not in result.output
    assert client.sign_in("nina", PASSWORD).status_code == 303


def test_without_a_password_nobody_signs_in(run, client):
    assert run(*NINA).exit_code == 0
    for password in ("", "None", " "):
        assert client.sign_in("nina", password).status_code == 422


def test_without_a_role_somebody_is_an_editor(run):
    result = run("users", "add", "nina", "--display-name", "Nina", "--json")
    assert json.loads(result.stdout)["role"] == "editor"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["users", "add", "Nina", *NINA[3:]], "username"),
        ([*NINA, "--email", "nope"], "email"),
        ([*NINA, "--phone", "12"], "phone"),
        ([*NINA, "--role", "boss"], "role"),
        ([*NINA, "--display-name", "two\nlines"], "display_name"),
        ([*NINA, "--tz", "Mars"], "tz"),
        ([*NINA, "--locale", "xx"], "locale"),
        ([*NINA, "--password-stdin"], "password"),
    ],
)
def test_what_is_wrong_is_named_on_stderr(words, field, run, people):
    result = run(*words, "--json", input="short\n")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"{field}: ")
    assert people() == []


def test_a_username_is_taken_once(run, people):
    run(*NINA)
    result = run(*NINA)
    assert (result.exit_code, result.stderr) == (1, "username: “nina” is taken.\n")
    assert people() == ["nina"]


def test_everybody_is_listed(run, add_person):
    assert json.loads(run("users", "list", "--json").stdout) == []
    assert run("users", "list").stdout == "Nothing.\n"
    add_person("emil", display_name="Emil Moreau")
    add_person("ada", role="admin")
    told = json.loads(run("users", "list", "--json").stdout)
    assert [(person["username"], person["role"]) for person in told] == [("ada", "admin"), ("emil", "editor")]
    assert "Emil Moreau" in run("users", "list").stdout


@pytest.mark.parametrize(("partial", "found"), [("mor", ["emil"]), ("MOR", ["emil"]), ("m", []), ("zz", [])])
def test_people_are_found_by_partial_name(partial, found, run, add_person):
    add_person("emil", display_name="Emil Moreau")
    told = json.loads(run("users", "find", partial, "--json").stdout)
    assert [person["username"] for person in told] == found
