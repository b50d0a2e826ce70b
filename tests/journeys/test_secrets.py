"""A provider's password: it opens the mail server's door, and is to be found nowhere else."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.server import Belfry, Serve, Server
from tests.support.visitor import Visitor

USER, PASSWORD = "belfry", "Turmuhr/9+3 & «läutet»?"
EDIT = "/providers/smtp-main"

# The mail server has no certificate here; Belfry signs in all the same, since both are on this machine.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture
def mail_server(make_smtp_server: Callable[..., SmtpServer]) -> SmtpServer:
    """Lets in only who knows the password; and, a bad neighbour, says it aloud with every mail it takes."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, told: LoginPassword) -> AuthResult:
        return AuthResult(success=(told.login, told.password) == (USER.encode(), PASSWORD.encode()))

    server: SmtpServer = make_smtp_server(
        authenticator=check, auth_required=True, auth_require_tls=False, decode_data=False, enable_SMTPUTF8=True
    )
    server.answer = f"250 taken, {PASSWORD}, {b64encode(PASSWORD.encode()).decode()}"
    return server


@pytest.fixture
def server(house: House, serve: Serve, belfry: Belfry, mail_server: SmtpServer) -> Server:
    """A server whose provider was made by command and has delivered a mail."""
    house.move_in("ada", role="admin")
    house.move_in("emil")
    house.open_channel()
    settings = {
        "host": "127.0.0.1", "port": mail_server.port, "security": "none", "auth": "plain", "username": USER,
        "sender": "belfry@example.com",
    }  # fmt: skip
    pairs = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    made = belfry(
        "providers", "add", "smtp", "smtp-main", "--medium", "email", *pairs, "--set-stdin", "password", "--activate",
        stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made["secrets"] == ["password"]
    server = serve()
    house.post("ada", ["emil"], "First")
    mail_server.wait_for(1)
    house.wait_until_all("sent")
    return server


def test_the_password_is_nowhere(
    server: Server, house: House, belfry: Belfry, mail_server: SmtpServer, instance: Path
) -> None:
    ada = Visitor(server.url).sign_in("ada")
    edited = ada.post(EDIT, ada.get(EDIT).form(EDIT) | {"act": "test", "to": "emil@example.com"})
    assert "250" in edited.text
    mistyped = ada.submit(EDIT, {"password": PASSWORD, "host": ""})
    assert mistyped.status == 422

    pages = {path: answer.text for path, answer in ada.crawl("/").items()}
    assert {EDIT, "/providers", "/users", "/channels", "/jobs", "/sent", "/profile", "/compose"} <= set(pages)
    (delivery,) = belfry("deliveries")
    told = {
        " ".join(words): belfry(*words, check=False).stdout + belfry(*words, "--json", check=False).stdout
        for words in [
            ("providers", "list"), ("providers", "test", "smtp-main", "--to", "emil@example.com"), ("deliveries",),
            ("delivery", delivery["id"]), ("inbox", "emil"), ("providers", "deactivate", "smtp-main"),
            ("providers", "activate", "smtp-main"),
        ]
    }  # fmt: skip
    assert all(told.values())
    assert "250 taken, " in told[f"delivery {delivery['id']}"]
    assert server.stop() == 0

    files = {str(path): path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    places = files | {name: text.encode() for name, text in (pages | told).items()} | {"log": server.log.encode()}
    places |= {"edited": edited.text.encode(), "mistyped": mistyped.text.encode()}
    assert [(place, form) for place, data in places.items() for form in _forms() if form in data] == []


def test_saving_the_form_untouched_keeps_it_working(server: Server, house: House, mail_server: SmtpServer) -> None:
    ada = Visitor(server.url).sign_in("ada")
    for name in ("Once", "Twice"):
        form = ada.get(EDIT).form(EDIT)
        assert form["password"] == ""
        assert ada.post(EDIT, form | {"sender_name": name}).status == 303
    house.post("ada", ["emil"], "After two edits")
    mail_server.wait_for(2)
    house.wait_until_all("sent")
    assert [mail.subject for mail in mail_server.mails] == ["First", "After two edits"]
    assert "Twice" in mail_server.mails[1].message["From"]


def _forms() -> Iterator[bytes]:
    """The password as it is, as pages, JSON and addresses write it, and in base64 whatever stands before it."""
    secret = PASSWORD.encode()
    yield secret
    yield escape(PASSWORD).encode()
    yield json.dumps(PASSWORD).strip('"').encode()
    yield quote(PASSWORD, safe="").encode()
    yield quote(PASSWORD).encode()
    yield quote_plus(PASSWORD).encode()
    for before in range(3):
        whole = b64encode(b"\0" * before + secret).decode()
        yield whole[4 * (before > 0) : -4].encode()
