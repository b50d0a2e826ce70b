"""What the browser's tests have in common: a house to furnish from the side, and people in front of its screens."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.house import CHANNEL, PASSWORD, house
from tests.support.server import Server

__all__ = ["house"]

SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(new_context: Callable[..., Any]) -> SignIn:
    """``sign_in(server, "edith")``: somebody's own browser, signed in; more options are the browser's."""

    def open_browser(server: Server, username: str, **options: Any) -> Page:
        page = new_context(base_url=server.url, **options).new_page()
        page.goto("/login")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/inbox")
        return page

    return open_browser


def write(page: Page, *, subject: str, body: str, channel: str = CHANNEL, to: str = "") -> None:
    """Fill in a new message; ``to`` is somebody's display name, who is looked for as people do."""
    page.goto("/compose")
    page.get_by_label("Channel").select_option(channel)
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Message", exact=True).fill(body)
    if to:
        page.get_by_role("combobox", name="To").press_sequentially(to[:3].lower())
        page.get_by_role("option", name=to).click()
