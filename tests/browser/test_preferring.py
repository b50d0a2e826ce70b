"""Emil says what he wants sent to him, and everybody concerned reads what came of it in words of their own."""

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.browser.conftest import SignIn, write
from tests.support.house import House
from tests.support.server import Belfry, Serve, Server
from webapp.models.user import User


@pytest.fixture
def server(house: House, belfry: Belfry, serve: Serve) -> Server:
    house.move_in("edith", "emil")
    house.move_in("olaf", role="operator")
    house.open_channel(immediate=False)
    belfry("providers", "add", "file", "mailbox", "--medium", "email", "--activate")
    return serve(JOBS="off")


def box(page: Page):
    return page.get_by_role("checkbox", name="News by e-mail")


def test_turned_off_by_keys_and_told_to_each_in_their_words(server, sign_in: SignIn, house, belfry) -> None:
    emil = sign_in(server, "emil")
    emil.keyboard.press("g")
    emil.keyboard.press("r")
    emil.wait_for_url("**/preferences")
    box(emil).focus()
    emil.keyboard.press("Space")
    expect(emil.locator("#flashes")).to_contain_text("no more News by e-mail")
    expect(emil.get_by_role("status").first).to_contain_text("Saved")
    expect(box(emil)).to_be_focused()
    expect(emil.get_by_role("combobox", name="How often: News by e-mail")).to_be_hidden()
    emil.reload()
    expect(box(emil)).not_to_be_checked()

    edith = sign_in(server, "edith")
    write(edith, subject="Lunch", body="At **noon**.", to="Emil")
    expect(edith.locator(".preview, #preview").first).to_contain_text("chose not to get this by e-mail")
    edith.get_by_role("button", name="Send to 1 person").click()
    edith.wait_for_url("**/sent/*")
    assert belfry("dispatch")
    edith.reload()
    expect(edith.locator("#to-emil")).to_contain_text("Emil chose not to get this by e-mail.")

    [delivery] = house.deliveries()
    olaf = sign_in(server, "olaf")
    olaf.goto(f"/deliveries/{delivery.id}")
    expect(olaf.locator("main")).to_contain_text("turned")
    expect(olaf.locator("main")).to_contain_text("Emil")


def test_without_scripts_each_box_has_its_button(server, sign_in: SignIn) -> None:
    emil = sign_in(server, "emil", java_script_enabled=False)
    emil.goto("/preferences")
    box(emil).uncheck()
    emil.get_by_role("button", name="Save News by e-mail").click()
    expect(box(emil)).not_to_be_checked()
    emil.get_by_role("button", name="Undo").click()
    expect(box(emil)).to_be_checked()
    emil.goto("/preferences/mutes")
    emil.get_by_role("button", name="Mute", exact=True).click()
    expect(emil.locator("tbody")).to_contain_text("News")
    emil.get_by_role("button", name="Undo").click()
    expect(emil.get_by_text("Nothing is muted")).to_be_visible()


def the_clocks_go_forward() -> date:
    """In Europe, the next time: on the last Sunday of March."""
    today = datetime.now(UTC).date()
    ends = (date(year, 3, 31) for year in (today.year, today.year + 1))
    sundays = (end - timedelta(days=end.isoweekday() % 7) for end in ends)
    return next(sunday for sunday in sundays if sunday > today + timedelta(days=1))


def test_quiet_hours_in_the_night_in_which_the_clocks_go_forward(server, sign_in: SignIn, house) -> None:
    house.change(update(User).where(User.username == "emil").values(tz="Europe/Berlin"))
    emil = sign_in(server, "emil")
    emil.goto("/preferences/times")
    emil.get_by_label("Quiet on Saturday from").fill("22:00")
    emil.get_by_label("Quiet on Saturday to").fill("07:00")
    emil.get_by_role("button", name="Save quiet hours").click()
    expect(emil.get_by_role("img", name="Sunday: quiet from 00:00 to 07:00")).to_be_visible()

    emil.get_by_role("link", name="What would I get?").click()
    answer, sunday = emil.locator("#answer"), the_clocks_go_forward()
    told = f"Sun, {sunday.day} Mar {sunday.year}"
    expect(answer).to_contain_text("If somebody posted on News")
    emil.get_by_label("at (empty: now)").fill(f"{sunday}T01:30")
    emil.get_by_label("at (empty: now)").dispatch_event("change")
    expect(answer).to_contain_text(f"If somebody posted on News on {told}, 01:30")
    expect(answer).to_contain_text(f"Until {told}, 07:00")
    emil.get_by_label("at (empty: now)").fill(f"{sunday}T02:30")
    emil.get_by_label("at (empty: now)").dispatch_event("change")
    expect(answer).to_contain_text("There is no such time where you live")


def test_a_time_that_was_cleared_stands_in_the_way_of_nothing(server, sign_in: SignIn) -> None:
    """A field that is hidden cannot be filled in, and a browser sends no form in which such a one is missing."""
    emil = sign_in(server, "emil")
    emil.goto("/preferences")
    emil.get_by_role("combobox", name="How often: News by e-mail").select_option("daily")
    expect(emil.locator("#flashes")).to_contain_text("daily at")
    emil.get_by_label("Time of day: News by e-mail").fill("")
    expect(emil.locator("#flashes")).to_contain_text("daily at 17:00")
    box(emil).uncheck()
    expect(emil.locator("#flashes")).to_contain_text("no more News by e-mail")
