"""Bad inputs, at a form and at a command: refused in kind, the field named, and nothing written."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.support.house import CHANNEL, PASSWORD, House
from tests.support.server import Belfry, Serve
from tests.support.visitor import Answer, Visitor

POST = {"channel": CHANNEL, "recipients": "emil", "subject": "News", "body": "Have a look."}
USER = {"username": "ruth", "display_name": "Ruth", "email": "ruth@example.com", "role": "editor"}


@dataclass(frozen=True)
class Bad:
    """``given`` replaces what would be fine; ``field`` is what the refusal must name."""

    what: str
    field: str
    given: dict[str, str]


POSTS = [
    Bad("unknown channel", "channel", {"channel": "no.such"}),
    Bad("unknown recipient", "recipients", {"recipients": "nobody"}),
    Bad("one unknown among known", "recipients", {"recipients": "emil,nobody"}),
    Bad("no recipients", "recipients", {"recipients": ""}),
    Bad("no subject", "subject", {"subject": " "}),
    Bad("201 characters", "subject", {"subject": "x" * 201}),
    Bad("CR and LF in a subject", "subject", {"subject": "News\r\nBcc: erin@example.com"}),
    Bad("LF in a subject", "subject", {"subject": "News\nand more"}),
    Bad("NUL in a subject", "subject", {"subject": "News\0"}),
    Bad("U+2028 in a subject", "subject", {"subject": "News\u2028and more"}),
    Bad("U+0085 in a subject", "subject", {"subject": "News\x85and more"}),
    Bad("a control that turns the text round", "subject", {"subject": "News \u202egnp.exe"}),
    Bad("NUL in a body", "body", {"body": "Have\0a look."}),
    Bad("a body over 64 KiB", "body", {"body": "x" * (64 * 1024 + 1)}),
    Bad("a body over 64 KiB in bytes", "body", {"body": "ä" * (32 * 1024 + 1)}),
    Bad("a link that is none", "link", {"link": "javascript:alert(1)"}),
]
USERS = [
    Bad("bad e-mail", "email", {"email": "not an address"}),
    Bad("bad phone number", "phone", {"phone": "12"}),
    Bad("a role that is none", "role", {"role": "king"}),
    Bad("a name that is taken", "username", {"username": "emil"}),
    Bad("a line break in a name", "display_name", {"display_name": "Ruth\nBcc: erin@example.com"}),
    Bad("no name", "display_name", {"display_name": " "}),
]


@pytest.fixture(autouse=True)
def _furnished(house: House) -> None:
    house.move_in("ada", role="admin")
    house.move_in("edith", "emil")
    house.open_channel()


def test_at_a_form(house: House, serve: Serve) -> None:
    ada = Visitor(serve(JOBS="off").url).sign_in("ada")
    before = house.rows()
    answers = {
        (page, bad.what, bad.field): ada.post(page, ada.get(page).form(page) | fine | bad.given)
        for page, fine, table in [("/compose", POST, POSTS), ("/users/new", USER | {"password": PASSWORD}, USERS)]
        for bad in table
    }
    assert {case: answer.status for case, answer in answers.items() if answer.status != 422} == {}
    assert {case: _named(answer) for case, answer in answers.items() if _named(answer) != {case[-1]}} == {}
    assert house.rows() == before


def test_at_a_command(house: House) -> None:
    before = house.rows()
    wrong = {}
    for bad in POSTS:
        if "\0" in "".join(bad.given.values()):
            continue  # no operating system lets one pass a NUL to a program
        told = _refused(house, "post", "--sender", "edith", *_options(POST | bad.given, recipients="to"))
        if set(told) != {bad.field}:
            wrong[bad.what] = told
    for bad in USERS:
        given = USER | bad.given
        told = _refused(house, "users", "add", given.pop("username"), *_options(given, display_name="display-name"))
        if set(told) != {bad.field}:
            wrong[bad.what] = told
    assert wrong == {}
    assert house.rows() == before


FURTHER = [
    ("sender", ("post", "--channel", CHANNEL, "--sender", "nobody", "--to", "emil", "--subject", "s", "--body", "b")),
    ("username", ("inbox", "nobody")),
    ("id", ("delivery", "01ARZ3NDEKTSV4RRFFQ69G5FAV")),
    ("state", ("deliveries", "--state", "lost")),
    ("provider", ("providers", "activate", "none")),
    ("provider", ("providers", "test", "none", "--to", "emil@example.com")),
    ("kind", ("providers", "add", "pigeon", "coo", "--medium", "email")),
    ("name", ("channels", "add", "nodot", "--title", "No dot")),
]


def test_at_further_commands(house: House) -> None:
    before = house.rows()
    named = {words: set(_refused(house, *words)) for _, words in FURTHER}
    assert named == {words: {field} for field, words in FURTHER}
    assert house.rows() == before


def test_at_a_real_command_line(belfry: Belfry) -> None:
    given = _options(POST | {"subject": "News\nand more", "recipients": "nobody"}, recipients="to")
    done = belfry("post", "--sender", "edith", *given, "--json", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("subject: ")


def test_a_request_over_the_limit(house: House, serve: Serve) -> None:
    edith = Visitor(serve(JOBS="off", MAX_BODY="100000").url).sign_in("edith")
    before = house.rows()
    assert edith.submit("/compose", POST | {"body": "x" * 120_000}).status == 413
    assert house.rows() == before


def test_a_stale_token(house: House, serve: Serve) -> None:
    edith = Visitor(serve(JOBS="off").url)
    stale = edith.get("/login").token
    edith.sign_in("edith")
    given = edith.get("/compose").form("/compose") | POST
    before = house.rows()
    for token in (stale, "", "garbage"):
        answer = edith.post("/compose", given | {"csrf_token": token})
        assert answer.status == 400
        assert "This form was open too long" in answer.text
    assert edith.post("/compose", {key: word for key, word in given.items() if key != "csrf_token"}).status == 400
    assert house.rows() == before
    assert edith.post("/compose", given).status == 303


def test_somebody_elses_notification(house: House, serve: Serve, belfry: Belfry) -> None:
    edith = Visitor(serve(JOBS="off").url).sign_in("edith")
    message = house.post("edith", ["emil"], "For Emil's eyes")
    (his,) = belfry("inbox", "emil")
    assert his["subject"] == "For Emil's eyes"
    token = edith.get("/inbox").token
    before = house.rows()
    for id_ in (his["id"], message, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense"):
        assert edith.get(f"/notifications/{id_}").status == 404
        assert edith.post(f"/inbox/{id_}/reading", {"csrf_token": token}).status == 404
        assert edith.post(f"/inbox/{id_}/unread", {"csrf_token": token}).status == 404
    edith.post("/inbox/readings", {"csrf_token": token, "ids": [his["id"]], "id": [his["id"]]})
    assert house.rows() == before
    assert belfry("inbox", "emil", "--unread") == [his]


def _named(answer: Answer) -> set[str]:
    """The fields that the summary on top of the page leads to."""
    return {str(link["href"]).removeprefix("#") for link in answer.page.select("#error-summary a[href]")}


def _refused(house: House, *words: str) -> dict[str, str]:
    """What stderr says of which field; stdout must have stayed empty."""
    result = house.command(*words, "--json")
    assert (result.exit_code, result.stdout) == (1, ""), (words, result.output)
    return dict(line.split(": ", 1) for line in result.stderr.splitlines())


def _options(given: Mapping[str, str], **renamed: str) -> list[str]:
    return [
        word for name, text in given.items() if text or name != "recipients"
        for word in (f"--{renamed.get(name, name)}", text)
    ]  # fmt: skip
