"""What goes on paper: a page in its whole width, and of an open notification all of it."""

from playwright.sync_api import expect

from tests.support.house import House
from tests.support.server import Serve


def test_a_wide_page_is_printed_in_its_whole_width(serve: Serve, house: House, sign_in) -> None:
    house.move_in("ada", role="admin")
    house.open_channel()
    house.post("ada", ["ada"], "Long", body="A line.\n\n" * 200)
    page = sign_in(serve(JOBS="off"), "ada")
    page.emulate_media(media="print")
    for path in ("/inbox", "/failed", "/channels"):
        page.goto(path)
        assert page.locator("main").evaluate("it => it.clientWidth") == 1440, path
    page.emulate_media(media="screen")
    page.goto("/inbox")
    page.locator("[data-row-link]").first.click()
    expect(page.locator("#pane .reading")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".split > .list")).to_be_hidden()
    assert page.locator(".split > .pane").evaluate("it => it.scrollHeight - it.clientHeight") == 0
