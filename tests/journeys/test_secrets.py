"""A provider's password is nowhere but in the vault: in no file, no page, no log, no answer of a command."""

import base64
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from bs4 import BeautifulSoup

from tests.support.smtp import ScriptedServer
from webapp.extensions import db

PASSWORD = "korrektes pferd/batterie+höchst=geheim"
USER = "belfry"


def spellings() -> list[bytes]:
    """The password as it could slip out: as it is, in JSON, in an address, and in base64 at any place of its text."""
    raw = PASSWORD.encode()
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    shifted = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    escaped = PASSWORD.encode("unicode_escape"), PASSWORD.encode("ascii", "xmlcharrefreplace")
    return [
        raw,
        *escaped,
        quote(PASSWORD).encode(),
        quote(PASSWORD, safe="").encode(),
        quote_plus(PASSWORD).encode(),
        plain,
        *shifted,
    ]


def leaks(content: bytes | str) -> list[bytes]:
    content = content.encode() if isinstance(content, str) else content
    return [spelling for spelling in spellings() if spelling in content]


@pytest.fixture
def server():
    """One that gives the credentials back in its refusal, as some do."""
    given = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    listening = ScriptedServer({"AUTH": f"535 not {given}"}, offers=("AUTH PLAIN",))
    yield listening
    listening.stop()


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def smtp(server) -> dict[str, str]:
    return {
        "name": "main", "medium": "email", "host": "127.0.0.1", "port": str(server.port), "security": "none",
        "auth": "plain", "username": USER, "password": PASSWORD, "sender": "belfry@example.com", "timeout": "5",
        "to": "ada@example.com",
    }  # fmt: skip


def test_the_password_is_nowhere(app, ada, smtp, server, instance: Path, caplog, capfd):
    caplog.set_level("DEBUG")
    answers = [
        ada.submit("/providers/new/smtp", smtp | {"act": "test"}),
        ada.submit("/providers/new/smtp", smtp | {"name": "a b"}),
        ada.submit("/providers/new/smtp", smtp | {"act": "activate"}),
        ada.submit("/providers/main/test", {"to": "ada@example.com"}),
        ada.submit("/providers/main", smtp | {"password": "", "version": "1"}),
        ada.submit("/providers/main", smtp | {"version": "1"}),
        *[
            ada.get(path)
            for path in ("/providers", "/providers/main", "/providers/main/test", "/providers/main/removal")
        ],
    ]
    runner = app.test_cli_runner()
    commands = [
        ["list", "--json"],
        ["list"],
        ["test", "main", "--to", "a@example.com", "--json"],
        ["deactivate", "main", "--json"],
    ]
    printed = [runner.invoke(args=["providers", *words]).output for words in commands]
    assert len([command for command in server.commands if command.startswith("AUTH")]) == 3, "It was never used."

    assert [found for answer in answers for found in leaks(answer.data + str(answer.headers).encode())] == []
    assert [found for text in printed for found in leaks(text)] == []
    assert leaks(caplog.text) == []
    assert leaks("".join(capfd.readouterr())) == []
    with app.app_context():
        db.session.remove()
    files = [path for path in instance.rglob("*") if path.is_file()]
    assert any(path.name == "belfry.sqlite3" for path in files)
    assert {path.name: leaks(path.read_bytes()) for path in files if leaks(path.read_bytes())} == {}


def test_the_search_would_find_it(tmp_path):
    for spelling in spellings():
        assert leaks(b"before " + spelling + b" after")
    assert leaks(base64.b64encode(f"user:{PASSWORD} and more".encode()))


def test_the_page_has_no_value_for_it(ada, smtp):
    ada.submit("/providers/new/smtp", smtp)
    field = BeautifulSoup(ada.get("/providers/main").text, "html.parser").select_one("[name=password]")
    assert (field["type"], field.get("value", "")) == ("password", "")
