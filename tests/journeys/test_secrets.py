"""A provider's secrets are nowhere but in the vault: in no file, page, log, history, or answer of a command, whatever
a far side makes of them."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.http import parse_cookie

from tests.support.leaks import echo, leaks, spellings
from tests.support.smtp import Conversation, ScriptedServer
from tests.support.twilio import FakeTwilio, Said
from tests.support.web import WebServer, answer
from webapp.database import reading
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.message import NotificationMessage
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.runtime import engine, runtime
from webapp.services.posting import channels, notifier
from webapp.services.running import dispatching

PASSWORD = "korrektes pferd/batterie+höchst=geheim"
USER, PHONE = "belfry", "+4930901820"
TOKEN, KEY_SECRET = "0123456789abcdef0123456789abcdef", "q7/Zp+L2x=Wm9-Yt_Rk5&Nv3"


@dataclass(frozen=True)
class Account:
    """One that signs in somewhere and is refused, with its own secrets given back. ``asked`` counts how often; to
    ``secrets`` is added what Belfry makes."""

    kind: str
    medium: str
    to: str
    typed: dict[str, str]
    secrets: list[str]
    asked: Callable[[], int]


def smtp() -> Iterator[Account]:
    given = echo(PASSWORD, f"\0{USER}\0").replace("ö", "oe")
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    server = ScriptedServer({"AUTH": f"535 not {plain} {given}"}, offers=("AUTH PLAIN",))
    typed = {
        "host": "127.0.0.1", "port": str(server.port), "security": "none", "auth": "plain", "username": USER,
        "password": PASSWORD, "sender": "belfry@example.com", "timeout": "25",
    }  # fmt: skip
    signed_in = lambda: len([line for line in server.commands if line.startswith("AUTH")])  # noqa: E731
    yield Account("smtp", "email", "ada@example.com", typed, [PASSWORD], signed_in)
    server.stop()


def _twilio(secrets: list[str], name: str, secret: str, **typed: str) -> Iterator[Account]:
    with FakeTwilio() as far:
        words = echo(secret, f"{name or far.account_sid}:")
        refused = Said(401, {"code": 20003, "message": words, "more_info": words, "status": 401}, {"X-Echo": words})
        far.answer(*[refused] * 20)
        given = far.typed(verify_service="", timeout="25", **typed)
        yield Account("twilio", "sms", PHONE, given, secrets, lambda: len(far.requests))


def twilio_by_token() -> Iterator[Account]:
    yield from _twilio([TOKEN], "", TOKEN, auth_token=TOKEN)


def twilio_by_key() -> Iterator[Account]:
    key = f"SK{'5' * 32}"
    typed = {"auth": "key", "api_key": key, "api_secret": KEY_SECRET, "signing_token": TOKEN, "auth_token": ""}
    yield from _twilio([KEY_SECRET, TOKEN], key, KEY_SECRET, **typed)


def http() -> Iterator[Account]:
    secrets = [PASSWORD]

    def refuse(conversation: Conversation) -> None:
        words = " ".join(echo(secret, f"{USER}:") for secret in secrets)
        conversation.say(answer(401, words.encode(), WWW_Authenticate="Basic realm=x"))

    server = WebServer(refuse)
    typed = {"url": server.url(), "auth": "basic", "username": USER, "secret": PASSWORD, "timeout": "25"}
    yield Account("http", "email", "ada@example.com", typed, secrets, lambda: len(server.requests))
    server.stop()


@pytest.fixture(params=[smtp, http, twilio_by_token, twilio_by_key], ids=lambda made: made.__name__)
def account(request) -> Iterator[Account]:
    yield from request.param()


@pytest.fixture
def ada(browser_of, add_person):
    return browser_of("ada", role="admin")


def answered(ada, account: Account) -> list[Any]:
    """Everything that the screens answer while it is tried out, saved, tested, edited and removed; but for those that
    show a key this once."""
    new, own = f"/providers/new/{account.kind}", "/providers/main"
    typed = account.typed | {"name": "main", "medium": account.medium, "to": account.to}
    blank = {name: "" if text in account.secrets else text for name, text in typed.items()}
    return [
        ada.submit(new, typed | {"act": "test"}),
        ada.submit(new, typed | {"name": "a b"}),
        *learnt(account, ada.submit(new, typed | {"act": "activate"})),
        ada.submit(own + "/test", {"to": account.to}),
        ada.submit(own, blank | {"version": "1"}),
        ada.submit(own, typed | {"version": "2"}),
        ada.submit(own, typed | {"version": "1"}),
        *(learnt(account, replaced(ada, own, "3")) if account.kind == "http" else []),
        ada.submit(own + "/test", {"to": account.to}),
        *[ada.get(own + page) for page in ("", "/test", "/keys", "/history", "/removal")],
        *[ada.get(path) for path in ("/providers", "/failed", "/jobs")],
    ]


def replaced(ada, own: str, version: str) -> Any:
    keys = own + "/keys"
    return ada.submit(keys + "/signing_key/replacement", {"version": version}, page=keys)


def learnt(account: Account, answer: Any) -> list[Any]:
    """The answer, where it shows no key that was just made. If it does, that is a secret from here on."""
    wells = BeautifulSoup(answer.text, "html.parser").select(".well")
    keys = [well.text.strip().removeprefix("whsec_") for well in wells]
    assert leaks(str(answer.headers), *keys) == []
    account.secrets.extend(keys)
    return [] if keys else [answer]


def told_by(app, answer: Any) -> bytes:
    """Page, headers, and what is in the cookie, which may be compressed."""
    name, opener = app.config["SESSION_COOKIE_NAME"], app.session_interface.get_signing_serializer(app)
    cookies = [parse_cookie(one) for one in answer.headers.getlist("Set-Cookie")]
    opened = [opener.loads(cookie[name]) for cookie in cookies if cookie.get(name)]
    return answer.data + f"{answer.headers} {opened}".encode()


def printed(app, account: Account) -> list[str]:
    """What is sent by it, and everything that the commands print of it."""
    with app.app_context():
        channels.add(
            name="team.all", options=ChannelOptions(title="All", media=("email", "sms")), by="t", now=runtime().now()
        )
        message = NotificationMessage(channel="team.all", recipients=("ada",), subject="News", body="Look.")
        notifier.post(message=message, sender="ada", now=runtime().now())
        dispatching.one_pass(engine=engine(app), kinds=["dispatcher"])
        db.session.remove()
    runner = app.test_cli_runner()
    deliveries = runner.invoke(args=["deliveries", "--json"]).stdout
    ids = [one["id"] for one in json.loads(deliveries)]
    commands = [
        *(["providers", "list", *json_] for json_ in ([], ["--json"])),
        *(["providers", "test", "main", "--to", account.to, *json_] for json_ in ([], ["--json"])),
        *(["providers", word, "main", "--json"] for word in ("history", "drop-former-key")),
        *([word, id_, "--json"] for word in ("delivery", "explain") for id_ in ids),
        ["secrets", "rotate", "--json"],
        ["audit", "--json"],
        ["providers", "deactivate", "main", "--json"],
        *([*words, "--json"] for words in (["providers", "kinds"], ["jobs", "list"], ["inbox", "ada"])),
    ]
    return [deliveries, *(runner.invoke(args=words).output for words in commands)]


def test_the_secrets_are_nowhere(app, ada, account, instance: Path, caplog, capfd):
    caplog.set_level("DEBUG")
    pages, told = answered(ada, account), printed(app, account)
    assert account.asked() >= 3, "They were never used."
    assert {answer.status_code for answer in pages} == {200, 303, 409, 422}
    found = lambda content: leaks(content, *account.secrets)  # noqa: E731
    shown = [*pages, *(ada.get(f"/deliveries/{one['id']}") for one in json.loads(told[0]))]
    assert any(b"_flashes" in told_by(app, answer) for answer in shown)
    assert account.kind != "http" or len(account.secrets) == 3, "Belfry's own keys were not looked for."
    assert [leak for answer in shown if (leak := found(told_by(app, answer)))] == []
    assert [found(text) for text in told if found(text)] == []
    assert found(caplog.text) == []
    assert found("".join(capfd.readouterr())) == []
    with app.app_context(), reading(db.session) as session:
        events = [
            str(tuple(row)) for row in session.execute(select(AuditEvent.what, AuditEvent.before, AuditEvent.after))
        ]
        db.session.remove()
    assert any("provider changed" in event for event in events)
    assert found("".join(events)) == []
    files = [path for path in instance.rglob("*") if path.is_file()]
    assert any(path.name == "belfry.sqlite3" for path in files)
    assert {path.name: found(path.read_bytes()) for path in files if found(path.read_bytes())} == {}


@pytest.mark.parametrize("secret", [PASSWORD, TOKEN, KEY_SECRET])
def test_the_search_would_find_them(secret):
    for spelling in spellings(secret):
        assert leaks(b"before " + spelling + b" after", secret)
    for text in (f"user:{secret} and more", f"\0{USER}\0{secret} and more"):
        assert leaks(base64.b64encode(text.encode()), secret)
    assert leaks(echo(secret), secret)


def test_the_page_has_no_value_for_them(ada, account):
    answered(ada, account)
    page = BeautifulSoup(ada.get("/providers/main").text, "html.parser")
    fields = page.select("input[type=password]")
    assert fields
    assert [field for field in fields if field.get("value")] == []
