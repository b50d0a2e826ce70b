"""Every page that there is, held against axe: empty and full, light and dark, wide and narrow.

A short turn with every run of the tests, each page in two looks; ``make soak`` makes a thorough one, in all four.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.browser.inspector import ALIKE, LOOKS, Inspector
from tests.support.gallery import FILLINGS
from tests.support.gallery_words import PASSWORD, VIEWER
from tests.support.pages import NO_NUMBER, NOTHING, addresses, pages
from tests.support.server import Serve, Server
from webapp import create_app
from webapp.api import openapi
from webapp.config import Settings
from webapp.database import writing
from webapp.extensions import db
from webapp.models.user import User
from webapp.runtime import runtime
from webapp.views import _reference

# These answer GET without being a page: words for a machine, the way to the inbox, rows for an open list (looked at
# where it opens, below), and somebody else's e-mail in a frame that may do nothing.
NO_PAGES = {"health.check", "inbox.home", "compose.people", "outbox.html", "reference.document"}
FOR_ANYBODY = {"login.index"}  # looked at once, by somebody who has not signed in


@pytest.fixture
def furnished(environment: dict[str, str]) -> Callable[[str], Flask]:
    """``furnished("full")``: fill the test's database, and give an application that knows where its pages are."""

    def fill(filling: str) -> Flask:
        app = create_app(Settings.read(environment))
        FILLINGS[filling](app)
        return app

    return fill


@pytest.fixture
def inspector(
    new_context: Callable[..., Any],
    serve: Serve,
    record_property: Callable[[str, object], None],
    pytestconfig: pytest.Config,
) -> Iterator[Callable[[], Inspector]]:
    """Open a browser on the furnished installation; what its console says against a page fails the test."""
    opened: list[Inspector] = []

    def open_browser() -> Inspector:
        server: Server = serve(JOBS="off")
        page = new_context(base_url=server.url).new_page()
        opened.append(Inspector(page, thorough=pytestconfig.getoption("soak")))
        return opened[-1]

    yield open_browser
    record_property("pages", sum(it.looked for it in opened))
    wrong = [words for it in opened for words in it.wrong]
    assert not wrong, "\n".join(wrong)


def sign_in(page: Page, onwards: str = "/inbox") -> None:
    page.goto("/login")
    page.get_by_label("Username").fill(VIEWER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{onwards}")


def test_of_many_pieces_alike_the_odd_one_is_noticed(new_context) -> None:
    looking = Inspector(new_context().new_page(), thorough=False)
    rows = "".join(f"<p>Number {number}</p>" for number in range(50))
    hidden = "<p style='color:#ccc;visibility:hidden'>Nobody sees this</p>" * ALIKE
    odd = rows.replace("<p>Number 40", "<p style=color:#ccc>Number 40")
    looking.page.set_content(f"<main>{hidden}{odd}</main>")
    looking.inspect()
    looking.inspect()
    faint = [words for words in looking.wrong if "color-contrast" in words]
    assert [any(f"{theme}, {width} px" in words for words in faint) for theme, width in LOOKS] == [True] * len(LOOKS)
    assert len(faint) == looking.looked == len(LOOKS)
    assert all("Number 40" in words for words in faint)
    assert looking.page.locator("[data-telling]").count() == ALIKE + 1


def in_two(paths: Mapping[str, str], half: int) -> list[tuple[str, str]]:
    """Half of the pages, so that two workers share them."""
    return sorted(paths.items())[half::2]


@pytest.mark.parametrize("half", range(2))
@pytest.mark.parametrize("filling", ["empty", "full"])
def test_every_page(filling: str, half: int, furnished, inspector) -> None:
    app = furnished(filling)
    paths = addresses(app)
    assert {rule.endpoint for rule in pages(app)} == set(paths), "tests/support/pages.py must know every parameter."
    looking = inspector()
    sign_in(looking.page)
    for endpoint, path in in_two(paths, half):
        if endpoint not in NO_PAGES | FOR_ANYBODY:
            no_channel = endpoint.startswith("unsubscrib") and filling == "empty"
            gone = no_channel or any(word in path for word in ("nothing", NOTHING, NO_NUMBER))
            looking.visit(path, 404 if gone else 200)


def test_pages_for_anybody(furnished, inspector) -> None:
    furnished("empty")
    looking = inspector()
    looking.visit("/login")
    looking.visit("/login?next=/sent")
    looking.visit("/nowhere", 404)


@pytest.mark.parametrize("half", range(2))
def test_the_api_to_read(half: int, furnished, inspector) -> None:
    app = furnished("empty")
    with app.test_request_context():
        resources = [f"/api/{it.slug}" for it in _reference.resources(openapi(app))]
    looking = inspector()
    for path in ["/api", *resources][half::2]:
        looking.visit(path)


def test_the_second_factor(furnished, inspector) -> None:
    app = furnished("empty")
    with app.app_context(), writing(db.session) as session:
        session.execute(update(User).values(phone="+4930901820"))
    looking = inspector()
    page = looking.page
    sign_in(page)
    looking.visit("/profile")
    page.get_by_role("button", name="Send a code").click()
    page.get_by_text("no active provider").wait_for()
    looking.inspect()
    with app.app_context(), writing(db.session) as session:
        session.execute(update(User).values(phone_verified_at=runtime().now()))
    looking.visit("/profile/second-factor")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Turn it on").click()
    page.locator("#recovery-codes").wait_for()
    looking.inspect()
    for path in ("/profile/second-factor", f"/users/{VIEWER}/edit", f"/users/{VIEWER}/second-factor"):
        looking.visit(path)
    page.context.clear_cookies()
    sign_in(page, "/login/code")
    looking.inspect()
    for path in ("/login/code", "/login/recovery"):
        looking.visit(path)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#error-summary")).to_be_focused()
        looking.inspect()


# Where a form is, and the button that sends it as it is.
FORMS = {
    "/compose": "Send",
    "/users/new": "Add user",
    "/channels/new": "Add channel",
    "/policies/new": "Add policy",
    "/mappings/new": "Add mapping",
    "/providers/new/smtp": "Save and activate",
    "/profile": "Change password",
    "/profile/tokens/new": "Make the token",
    "/users/new/service": "Add service account",
}


def test_forms_that_are_refused_and_deliveries_that_fail(furnished, inspector) -> None:
    app = furnished("failing")
    looking = inspector()
    page = looking.page
    sign_in(page)
    for path, button in FORMS.items():
        page.goto(path)
        page.get_by_role("button", name=button, exact=True).last.click()
        expect(page.locator("#error-summary")).to_be_focused()
        looking.inspect()
    for endpoint in (
        "sent.index",
        "sent.show",
        "deliveries.show",
        "missed.index",
        "providers.index",
        "notifications.show",
        "jobs.index",
        "preferences.index",
    ):
        looking.visit(addresses(app)[endpoint])
    for query in ("?user=per", f"?user={VIEWER}", f"?user={VIEWER}&channel=no.where"):
        looking.visit(f"/deliveries{query}")
    looking.visit(f"{addresses(app)['deliveries.show']}?again=1")
    for tab in ("undeliverable", "retrying", "held", "unknown"):
        looking.visit(f"/failed?tab={tab}")
        page.locator("button[name=all]").first.click()
        page.get_by_role("heading", level=1).filter(has_text="?").wait_for()
        looking.inspect()


def test_a_subscriber_that_is_refused_and_some_that_fail(furnished, inspector) -> None:
    app = furnished("failing")
    looking = inspector()
    page = looking.page
    sign_in(page)
    page.goto("/subscribers/new")
    page.get_by_role("button", name="Add channel").click()
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#error-summary")).to_be_focused()
    looking.inspect()
    for endpoint in ("subscribers.index", "subscribers.show", "subscriber_setup.edit"):
        looking.visit(addresses(app)[endpoint])


def test_what_unfolds(furnished, inspector) -> None:
    furnished("full")
    looking = inspector()
    page = looking.page
    sign_in(page)
    page.get_by_role("button", name="Unread:").first.click()
    page.locator("#pane .reading").wait_for()
    looking.inspect()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/compose")
    with page.expect_response("**/compose/preview"):
        page.get_by_role("combobox", name="To").press_sequentially("per")
    expect(page.locator(".htmx-request, .htmx-settling, [aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    looking.inspect()
    looking.visit("/preferences/simulator?channel=team-04.news&sender=person-00&at=2031-03-02T02:00")
    page.goto("/preferences/mutes")
    page.get_by_role("button", name="Unmute all").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    looking.inspect()
    page.goto("/sent")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    looking.inspect()
