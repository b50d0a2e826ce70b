"""Why didn't Bo get it? From five pages, in two clicks at most, to a first sentence that says so."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.support.house import CHANNEL, House
from webapp.models.user import User

WHY = (
    "Bo did not get this by e-mail: Bo's account has no address for e-mail. "
    "Nothing more happens by itself; it is in their inbox."
)
TO_BO = re.compile("how it went to Bo$")


@pytest.fixture
def posted(house: House, belfry) -> tuple[str, str]:
    """Edith has posted to Bo, whose account has no address; the message's and the delivery's ids."""
    house.move_in("edith", "bo")
    house.move_in("ada", role="admin")
    house.open_channel(immediate=False)
    house.change(update(User).where(User.username == "bo").values(email=None))
    message = house.post("edith", ["bo"], "Lunch")
    belfry("dispatch")
    return message, house.deliveries()[0].id


def clicked(page: Page, start: str, *names: str | re.Pattern[str]) -> str:
    """What the first sentence says on the page to which these links lead, one after the other."""
    page.goto(start)
    for name in names:
        page.locator("main").get_by_role("link", name=name).first.click()
    page.wait_for_url("**/deliveries/*")
    return page.locator(".verdict p").inner_text()


def test_in_two_clicks_from_everywhere(house, posted, serve, sign_in) -> None:
    message, delivery = posted
    server = serve(JOBS="off")
    ada = sign_in(server, "ada")
    assert clicked(ada, f"/deliveries/{delivery}") == WHY
    assert clicked(ada, "/users/bo/edit", "Lunch") == WHY
    assert clicked(ada, f"/channels/{CHANNEL}", "Lunch") == WHY
    ada.goto("/failed")
    ada.get_by_role("searchbox", name="Person").fill("bo")
    ada.get_by_role("button", name="Ask why").click()
    assert clicked(ada, ada.url, "Lunch") == WHY

    edith = sign_in(server, "edith")
    hers = "Bo has no address for e-mail. It is in their inbox."
    assert clicked(edith, "/sent", TO_BO) == hers
    assert clicked(edith, f"/sent/{message}", TO_BO) == hers

    bo = sign_in(server, "bo")
    bo.goto("/inbox")
    bo.get_by_role("button", name="Lunch").click()
    expect(bo.locator(".why")).to_contain_text("Your account has no address for e-mail.")
    bo.locator(".why").get_by_role("link", name="Why?").click()
    bo.wait_for_url("**/deliveries/*")
    assert bo.locator(".verdict p").inner_text().startswith("Your account has no address for e-mail.")
