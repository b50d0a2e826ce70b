"""Edith posts to Emil: his open inbox shows it, he reads it, and she sees what became of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import SignIn, write
from tests.support.house import House
from tests.support.server import Belfry, Serve, Server

WITHIN_MS = 30_000
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def server(house: House, belfry: Belfry, serve: Serve) -> Server:
    """Two people, a channel that waits for the dispatcher, a provider; the jobs run when a test says so."""
    house.move_in("edith", "emil")
    house.open_channel(immediate=False)
    belfry("providers", "add", "file", "mailbox", "--medium", "email", "--activate")
    return serve(JOBS="off")


@pytest.fixture
def no_violations() -> Iterator[Callable[[Page], None]]:
    """The content policy is kept, and no script fails: whatever a browser complains about fails the test."""
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    yield listen
    assert not complaints


def navigations(page: Page) -> list[str]:
    """Where the page itself goes from now on."""
    went: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request() and request.frame == page.main_frame:
            went.append(request.url)

    page.on("request", note)
    return went


def unread(page: Page) -> Any:
    """The number beside the inbox in the menu."""
    return page.locator(".sidebar [data-count='/inbox']")


def test_with_scripts(server, sign_in: SignIn, belfry, no_violations) -> None:
    edith, emil = sign_in(server, "edith"), sign_in(server, "emil")
    no_violations(edith)
    no_violations(emil)
    expect(emil.get_by_role("heading", name="Nothing has come yet")).to_be_visible()
    went = navigations(emil)

    write(edith, subject=f"Lunch {EVIL}", body=f"At **noon** {EVIL}", to="Emil")
    expect(edith.get_by_role("complementary", name="Preview").locator("strong", has_text="noon")).to_be_visible()
    edith.get_by_role("button", name="Send to 1 person").click()
    edith.wait_for_url("**/sent/*")

    row = emil.get_by_role("button", name=f"Unread: Lunch {EVIL}")
    expect(row).to_be_visible(timeout=WITHIN_MS)
    expect(unread(emil)).to_have_text("1")
    expect(emil).to_have_title("(1) Inbox · Belfry")

    moved = navigations(edith)
    outcome = edith.locator("#to-emil")
    expect(outcome).to_contain_text("Waiting to send")
    assert belfry("dispatch")
    expect(outcome).to_contain_text("This was handed over for Emil by e-mail", timeout=WITHIN_MS)
    expect(edith.locator("[data-live]")).to_have_count(0)
    assert moved == []

    row.click()
    expect(emil.locator("#pane .prose strong")).to_have_text("noon")
    expect(unread(emil)).to_be_empty()
    expect(emil).to_have_title("Inbox · Belfry")
    expect(emil.get_by_role("button", name=f"Lunch {EVIL}", exact=True)).to_be_visible()
    assert went == []


def test_without_scripts(server, sign_in: SignIn, belfry) -> None:
    edith = sign_in(server, "edith", java_script_enabled=False)
    emil = sign_in(server, "emil", java_script_enabled=False)

    write(edith, subject="Lunch", body="At **noon**")
    edith.get_by_label("Find people").fill("emi")
    edith.get_by_role("button", name="Find", exact=True).click()
    edith.get_by_role("button", name="Add Emil").click()
    expect(edith.get_by_label("To", exact=True)).to_have_value("emil")
    expect(edith.get_by_label("Subject")).to_have_value("Lunch")
    expect(edith.locator(".preview strong", has_text="noon")).to_be_visible()
    edith.get_by_role("button", name="Send to 1 person").click()
    expect(edith.locator("#to-emil")).to_contain_text("Waiting to send")

    assert belfry("dispatch")
    edith.reload()
    expect(edith.locator("#to-emil")).to_contain_text("This was handed over for Emil by e-mail")

    emil.goto("/inbox")
    expect(unread(emil)).to_have_text("1")
    emil.get_by_role("button", name="Unread: Lunch").click()
    emil.wait_for_url("**/notifications/*")
    expect(emil.locator(".prose strong")).to_have_text("noon")
    expect(unread(emil)).to_be_empty()


def test_a_link_to_a_notification_is_read_by_itself(server, sign_in, house, no_violations) -> None:
    house.post("edith", ["emil"], "Lunch")
    emil = sign_in(server, "emil")
    no_violations(emil)
    id = emil.locator("li.row-item").get_attribute("id").removeprefix("n-")
    emil.goto(f"/notifications/{id}")
    expect(emil.get_by_role("button", name="Mark unread")).to_be_visible()
    expect(unread(emil)).to_be_empty()
    emil.get_by_role("button", name="Mark unread").click()
    emil.wait_for_url("**/inbox")
    expect(unread(emil)).to_have_text("1")


def test_on_a_narrow_screen_a_title_leads_to_a_page(server, sign_in, house) -> None:
    house.post("edith", ["emil"], "Lunch")
    emil = sign_in(server, "emil")
    emil.set_viewport_size({"width": 360, "height": 740})
    emil.get_by_role("button", name="Unread: Lunch").click()
    emil.wait_for_url("**/notifications/*")
    expect(emil.get_by_role("heading", name="Lunch")).to_be_visible()


def test_back_from_the_pane_is_the_list(server, sign_in, house) -> None:
    house.post("edith", ["emil"], "Lunch")
    emil = sign_in(server, "emil")
    emil.get_by_role("button", name="Unread: Lunch").click()
    emil.wait_for_url("**/inbox?open=*")
    emil.reload()
    expect(emil.locator("#pane").get_by_role("heading", name="Lunch")).to_be_visible()
    emil.go_back()
    expect(emil.locator("#pane")).to_contain_text("Choose a notification")


def test_ticked_rows_are_marked_together(server, sign_in, house, no_violations) -> None:
    for number in range(3):
        house.post("edith", ["emil"], f"No. {number}")
    emil = sign_in(server, "emil")
    no_violations(emil)
    for number in (0, 2):
        emil.locator("li.row-item", has_text=f"No. {number}").hover()
        emil.get_by_label(f"Select No. {number}").check()
    emil.get_by_role("button", name="Mark 2 read").click()
    expect(unread(emil)).to_have_text("1")
    expect(emil.get_by_role("button", name="Mark 1 read")).to_be_visible()
    emil.get_by_role("button", name="Mark 1 read").click()
    expect(unread(emil)).to_be_empty()


def test_enter_in_a_box_marks_only_what_is_ticked(server, sign_in, house) -> None:
    for number in range(3):
        house.post("edith", ["emil"], f"No. {number}")
    emil = sign_in(server, "emil")
    emil.locator("li.row-item", has_text="No. 1").hover()
    emil.get_by_label("Select No. 1").check()
    emil.get_by_label("Select No. 1").press("Enter")
    expect(unread(emil)).to_have_text("2")
    emil.get_by_label("Select No. 0").press("Enter")
    expect(emil.locator("#flashes")).to_contain_text("Tick the ones you mean first.")
    expect(unread(emil)).to_have_text("2")


def test_new_rows_wait_behind_a_bar_for_somebody_who_has_scrolled(server, sign_in, house) -> None:
    for number in range(25):
        house.post("edith", ["emil"], f"No. {number}")
    emil = sign_in(server, "emil")
    emil.mouse.wheel(0, 600)
    emil.wait_for_function("scrollY > 300")
    house.post("edith", ["emil"], "Just in")
    bar = emil.get_by_role("button", name="1 new notification")
    expect(bar).to_be_visible(timeout=WITHIN_MS)
    expect(emil.get_by_role("button", name="Unread: Just in")).to_have_count(0)
    bar.click()
    expect(emil.get_by_role("button", name="Unread: Just in")).to_be_visible()


def test_suggestions_that_come_late_do_not_come_at_all(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    edith.route("**/compose/people?*", hold)
    edith.goto("/compose")
    to = edith.get_by_role("combobox", name="To")
    with edith.expect_request("**/compose/people?*"):
        to.press_sequentially("emi")
    to.press("Enter")
    with edith.expect_response("**/compose/people?*"):
        held[0].continue_()
    expect(edith.locator(".people-chip")).to_have_text("emi×")
    expect(edith.get_by_role("listbox")).to_be_hidden()
    to.press("Tab")
    expect(edith.locator(".people-chip")).to_have_count(1)
