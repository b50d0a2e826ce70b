"""Each kind of provider, as an administrator meets it: chosen, filled in, tried out, saved, tried once more, activated;
and then what an editor posts arrives at its far side."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn, write
from tests.support.house import House
from tests.support.server import Serve
from tests.support.smtp import ScriptedServer
from tests.support.twilio import FakeTwilio
from tests.support.web import WebServer
from webapp.providers import kinds

PHONE, MAIL = "+4915112345678", "emil@example.com"
WITHIN_MS = 30_000  # a real process, and whatever else this machine does


class FarSide(NamedTuple):
    """What is typed to get to it, by the fields' names; ``phase`` is a step of a test; ``arrived`` are the texts."""

    medium: str
    typed: Mapping[str, str]
    phase: str
    arrived: Callable[[], list[str]]


@pytest.fixture
def far_side(request: pytest.FixtureRequest, kind: str) -> FarSide:
    return {"smtp": _smtp, "http": _http, "twilio": _twilio, "file": _file}[kind](request.getfixturevalue)


def _smtp(fixture: Callable[[str], Any]) -> FarSide:
    server: ScriptedServer = fixture("mail_server")
    typed = {"host": f"127.0.0.1:{server.port}", "security": "none", "sender": "belfry@example.com"}
    return FarSide("email", typed, "RCPT", lambda: [mail.decode() for mail in server.mails])


def _http(fixture: Callable[[str], Any]) -> FarSide:
    server: WebServer = fixture("web")()
    typed = {"url": server.url(), "auth": "bearer", "secret": "Open-Sesame-9"}
    return FarSide("email", typed, "answer", lambda: [asked.body.decode() for asked in server.requests])


def _twilio(fixture: Callable[[str], Any]) -> FarSide:
    twilio: FakeTwilio = fixture("twilio")
    return FarSide("sms", twilio.typed(), "answer", lambda: [message["body"] for message in twilio.messages])


def _file(fixture: Callable[[str], Any]) -> FarSide:
    outbox: Path = fixture("instance") / "outbox"  # with a folder for what is not saved yet
    return FarSide("email", {}, "write", lambda: [mail.read_text() for mail in sorted(outbox.glob("*/*.eml"), key=_id)])


def _id(mail: Path) -> str:
    return mail.name


@pytest.fixture
def mail_server() -> Any:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.mark.parametrize("kind", ["smtp", "http", "twilio", "file"])
def test_from_the_choice_to_the_first_delivery(
    house: House, serve: Serve, sign_in: SignIn, kind: str, far_side: FarSide
) -> None:
    house.move_in("ada", role="admin")
    house.move_in("edith")
    house.move_in("emil", phone=PHONE)
    house.open_channel(medium=far_side.medium)
    server = serve()
    ada, edith = sign_in(server, "ada"), sign_in(server, "edith")

    choose(ada, kind)
    fill_in(ada, kind, far_side)
    try_out(ada, far_side, tries=1)
    save(ada)
    try_out_saved(ada, far_side)
    activate(ada)

    write(edith, to="Emil", subject="Lunch", body="At noon")
    edith.get_by_role("button", name="Send to 1 person").click()
    expect(edith.locator("#to-emil")).to_contain_text("This was handed over for Emil", timeout=WITHIN_MS)
    assert [("At noon" in text) for text in far_side.arrived()] == [False, False, True]
    secrets = {text for name, text in far_side.typed.items() if fields(kind)[name].secret}
    for page in ("/providers", "/providers/office", "/providers/office/history"):
        ada.goto(page)
        assert not [secret for secret in secrets if secret in ada.content()]


def choose(page: Page, kind: str) -> None:
    page.goto("/providers")
    page.get_by_role("link", name=f"Add {kinds()[kind].label}").click()


def fill_in(page: Page, kind: str, far_side: FarSide) -> None:
    page.get_by_label("Name", exact=True).fill("office")
    if len(kinds()[kind].media) > 1:
        page.locator("select[name=medium]").select_option(far_side.medium)
    for name, text in far_side.typed.items():
        control = page.get_by_label(fields(kind)[name].label).and_(page.locator(f"[name={name}]"))
        if fields(kind)[name].kind == "choice":
            control.select_option(text)
        else:
            control.fill(text)


def try_out(page: Page, far_side: FarSide, *, tries: int) -> None:
    """The steps are told, and one message is there."""
    page.get_by_label("Send a test to").fill(MAIL if far_side.medium == "email" else PHONE)
    page.get_by_label("Send a test to").press("Enter")
    told = page.locator("#trial")
    expect(told).to_contain_text("Handed over", timeout=WITHIN_MS)
    expect(told.get_by_role("rowheader", name=far_side.phase)).to_be_visible()
    assert len(far_side.arrived()) == tries


def save(page: Page) -> None:
    """A key that was made is shown, this once."""
    page.get_by_role("button", name="Save as inactive").click()
    row, shown = page.locator("#provider-office"), page.get_by_role("link", name="I have it: go on")
    expect(row.or_(shown).first).to_be_visible(timeout=WITHIN_MS)
    if shown.count():
        expect(page.get_by_text("whsec_")).to_be_visible()
        shown.click()
    page.goto("/providers")
    expect(row).to_contain_text("Inactive")


def try_out_saved(page: Page, far_side: FarSide) -> None:
    page.goto("/providers/office/test")
    try_out(page, far_side, tries=2)


def activate(page: Page) -> None:
    page.goto("/providers")
    page.get_by_role("link", name="Activate office").click()
    page.get_by_role("button", name="Activate office").click()
    page.goto("/providers")
    expect(page.locator("#provider-office")).to_contain_text("Active")


def fields(kind: str) -> dict[str, Any]:
    return {field.name: field for field in kinds()[kind].fields}
