"""`flask users`: the contract for automation."""

import json

import pytest
from sqlalchemy import select, update

from webapp.database import writing
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.user import User
from webapp.services.people import accounts

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


def test_a_program_is_added_and_has_no_password(run):
    bot = ["users", "add", "bot", "--display-name", "Bot", "--service"]
    assert run(*bot, "--password-stdin", input=f"{PASSWORD}\n").exit_code == 1
    assert json.loads(run(*bot, "--json").stdout)["service"] is True


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
        "service": False,
        "phone_verified_at": None,
        "second_factor_at": None,
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


# --- many at once, from a file --------------------------------------------------------------------------------------

FILE = "username,display_name,email,role\nnina,Nina Öst,nina@example.com,admin\notto,Otto Bo,,editor\n"


def test_a_file_of_people_is_imported(run, people, client, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(FILE, encoding="utf-8-sig")
    result = run("users", "import", str(file), "--json")
    assert (result.exit_code, result.stderr, json.loads(result.stdout)) == (0, "", {"added": 2})
    assert people() == ["nina", "otto"]
    assert client.sign_in("nina", "").status_code == 422


def test_a_dash_is_standard_input(run, people):
    result = run("users", "import", "-", input=FILE)
    assert (result.exit_code, result.stdout) == (0, "added: 2\n")
    assert people() == ["nina", "otto"]


def test_what_is_wrong_in_a_file_is_named_line_by_line(run, people):
    result = run("users", "import", "-", "--json", input=FILE + "otto,,nope,boss\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        f"line 4, {column}" for column in ("display_name", "email", "role", "username")
    ]
    assert people() == []


def test_a_file_that_is_not_there_is_a_wrong_word(run):
    assert run("users", "import", "/no/such/file.csv").exit_code == 2


# --- another password -----------------------------------------------------------------------------------------------


def test_another_password_ends_what_was_signed_in(run, browser_of, client):
    browser = browser_of("nina")
    result = run("users", "password", "nina", "--password-stdin", "--json", input=f"another {PASSWORD}\nnot this\n")
    assert (result.exit_code, json.loads(result.stdout)["username"]) == (0, "nina")
    assert PASSWORD not in result.output
    assert browser.get("/inbox").status_code == 303
    assert client.sign_in("nina", PASSWORD).status_code == 422
    assert client.sign_in("nina", f"another {PASSWORD}").status_code == 303


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["nina"], "password"),
        (["nina", "--password-stdin"], "password"),
        (["nobody", "--password-stdin"], "password"),
    ],
)
def test_a_password_that_is_none_is_refused(words, field, run, browser_of):
    browser = browser_of("nina")
    result = run("users", "password", *words, "--json", input="short\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{field}: ")
    assert browser.get("/inbox").status_code == 200


def test_nobody_has_no_password(run):
    result = run("users", "password", "nobody", "--password-stdin", input=f"{PASSWORD}\n")
    assert (result.exit_code, result.stderr) == (1, "username: There is nobody named “nobody”.\n")


def test_a_second_factor_is_reset(run, app, clock):
    reset = ("users", "reset-second-factor", "nina", "--reason", "Her phone fell into the lake.")
    assert run(*NINA, "--phone", "+49 30 901820").exit_code == 0
    answer = run(*reset)
    assert (answer.exit_code, answer.stderr) == (1, "username: Nina Öst signs in without a second factor.\n")
    with app.app_context(), writing(db.session) as session:
        session.execute(update(User).values(second_factor_at=clock.now(), phone_verified_at=clock.now()))
    assert json.loads(run("users", "list", "--json").stdout)[0]["second_factor_at"] == "2026-03-02T09:00:00Z"
    assert run("users", "reset-second-factor", "nina").exit_code == 2, "a reason is asked for"
    told = json.loads(run(*reset, "--json").stdout)
    assert (told["username"], told["second_factor_at"]) == ("nina", None)
    with app.app_context():
        noted = db.session.scalars(select(AuditEvent).where(AuditEvent.what == "second factor reset")).one()
        assert noted.who.endswith("(command)")
        assert noted.reason == "Her phone fell into the lake."
    assert run(*reset[:2], "nobody", *reset[3:]).exit_code == 1
