"""One story for each persona, told by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.house import CHANNEL, PASSWORD, House
from tests.support.server import Belfry, Serve, Server

FARTHEST = 60  # presses of Tab from one end of a page to what is looked for


@pytest.fixture
def server(serve: Serve) -> Server:
    """Jobs run when a test says so."""
    return serve(JOBS="off")


@pytest.fixture
def sign_in(page: Page, server: Server) -> Callable[[str], Page]:
    """At the sign-in page the first field waits for what is typed."""

    def type_name_and_password(username: str) -> Page:
        page.goto(f"{server.url}/login")
        expect(page.get_by_label("Username")).to_be_focused()
        page.keyboard.type(username)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox")
        return page

    return type_name_and_password


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reach(page: Page, wanted: Locator) -> None:
    """Go on by Tab until it has the focus, and the focus is seen."""
    for _ in range(FARTHEST):
        if wanted.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {wanted}.")


def choose(page: Page, role: str, name: str) -> None:
    """Reach a link or a button, and press it."""
    reach(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def write(page: Page, label: str, words: str) -> None:
    """Reach a field, and type."""
    reach(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def test_an_editor_reads_and_writes(sign_in, house: House) -> None:
    house.move_in("edith", "emil", "emily")
    house.open_channel()
    for subject in ("First", "Second"):
        house.post("emil", ["edith"], subject)
    page = sign_in("edith")
    press(page, "j", "j", "k", "j", "Enter")
    expect(page.locator("#pane").get_by_role("heading", name="First")).to_be_visible()
    choose(page, "button", "Mark unread")
    expect(page.get_by_role("button", name="Unread: First")).to_be_visible()

    press(page, "c")
    page.wait_for_url("**/compose")
    reach(page, page.get_by_role("combobox", name="To"))
    page.keyboard.type("emi")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    press(page, "ArrowDown", "Enter")
    write(page, "Subject", "Lunch")
    write(page, "Message", "At **noon**.")
    expect(page.get_by_role("button", name="Send to 1 person")).to_be_visible()
    press(page, "Control+Enter")
    page.wait_for_url("**/sent/*")
    expect(page.locator("#to-emily")).to_contain_text("In the inbox")


def test_what_comes_takes_nobody_s_place_away(sign_in, house: House) -> None:
    house.move_in("edith", "emil")
    house.open_channel()
    house.post("emil", ["edith"], "First")
    page = sign_in("edith")
    page.evaluate("localStorage.setItem('belfry-live', '1')")
    page.reload()
    all_read = page.locator("#mark-all button")
    reach(page, all_read)
    house.post("emil", ["edith"], "Second")
    expect(all_read).to_have_text("Mark 2 read")
    expect(all_read).to_be_focused()
    reach(page, page.locator("#inbox-views summary"))
    press(page, "Enter")
    house.post("emil", ["edith"], "Third")
    with page.expect_response(lambda answer: "version=" in answer.url):
        page.evaluate("htmx.trigger('#inbox-list', 'refresh')")
    expect(page.get_by_role("link", name="All channels")).to_be_visible()
    press(page, "Enter")
    expect(all_read).to_have_text("Mark 3 read")


def test_an_operator_looks_at_jobs_and_at_a_mailbox(sign_in, server, house: House, belfry: Belfry) -> None:
    house.move_in("olaf", role="operator")
    house.move_in("emil")
    house.open_channel()
    belfry("providers", "add", "file", "mailbox", "--medium", "email", "--activate")
    house.post("olaf", ["emil"], "Lunch")
    belfry("dispatch")
    page = sign_in("olaf")
    press(page, "g", "j")
    page.wait_for_url("**/jobs")
    expect(page.get_by_role("row", name="Dispatcher")).to_be_visible()

    page.goto(f"{server.url}/providers/mailbox/outbox")
    press(page, "j", "Enter")
    page.wait_for_url("**/outbox/*")
    choose(page, "link", "Headers")
    expect(page.get_by_text("emil@example.com").last).to_be_visible()


def test_an_administrator_opens_a_channel_and_proves_a_provider(sign_in, house: House) -> None:
    house.move_in("ada", role="admin")
    page = sign_in("ada")
    choose(page, "link", "Channels")
    page.wait_for_url("**/channels")
    choose(page, "link", "Add channel")
    write(page, "Name", CHANNEL)
    write(page, "Title", "News")
    press(page, "Enter")
    page.wait_for_url("**/channels")
    expect(page.get_by_role("link", name="News")).to_be_visible()

    press(page, "g", "p")
    page.wait_for_url("**/providers")
    choose(page, "link", "Add File")
    write(page, "Name", "mailbox")
    choose(page, "button", "Save as inactive")
    page.wait_for_url("**/providers")
    choose(page, "link", "mailbox")
    page.wait_for_url("**/providers/mailbox")
    choose(page, "link", "Test")
    choose(page, "button", "Send test")
    expect(page.get_by_role("status", name="What came of the test")).to_contain_text("Handed over")
    press(page, "g", "p")
    page.wait_for_url("**/providers")
    choose(page, "link", "Activate mailbox")
    choose(page, "button", "Activate mailbox")
    page.wait_for_url("**/providers")
    expect(page.get_by_role("row", name="mailbox")).to_contain_text("Active")
