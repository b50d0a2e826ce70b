"""What somebody has typed stays theirs: when their session ends, when they choose a look, go back, or save a part."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import SignIn, write
from tests.support.house import PASSWORD, House
from tests.support.server import Serve, Server


@pytest.fixture
def server(house: House, serve: Serve) -> Server:
    """Two people, and a channel for them."""
    house.move_in("edith", "emil")
    house.open_channel()
    return serve(JOBS="off")


def test_whoever_was_signed_out_goes_on_with_what_was_typed(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith")
    write(edith, subject="Lunch", body="At noon", to="Emil")
    edith.context.clear_cookies()
    edith.get_by_label("Message", exact=True).press_sequentially("!")
    expect(edith.locator("#flashes")).to_contain_text("You are not signed in any more.")
    expect(edith.locator("#flashes").get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    edith.locator("#compose .btn-primary").click()
    expect(edith.locator(".kept")).to_contain_text("At noon")
    _sign_in_elsewhere(edith)
    edith.get_by_role("button", name="I am signed in: go on").click()
    expect(edith.get_by_role("main")).to_contain_text("You are signed in as Edith.")
    edith.get_by_role("button", name="Send it again").click()
    edith.wait_for_url("**/sent/*")
    expect(edith.get_by_role("heading", name="Lunch")).to_be_visible()


def _sign_in_elsewhere(page: Page) -> None:
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    other.get_by_label("Username").fill("edith")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/inbox")
    other.close()


@pytest.mark.parametrize("width", [1440, 360])
def test_another_look_is_put_on_the_page_as_it_is(width, server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith")
    edith.set_viewport_size({"width": width, "height": 740})
    write(edith, subject="Lunch", body="At noon", to="Emil")
    menu = edith.locator(".me > summary" if width == 1440 else ".phone summary")
    root, dark = edith.locator("html"), edith.get_by_role("button", name="Dark")
    menu.click()
    dark.click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(dark).to_have_attribute("aria-pressed", "true")
    expect(edith.get_by_label("Subject")).to_have_value("Lunch")
    expect(edith.locator(".people-chip")).to_have_text("Emil×")
    edith.get_by_role("button", name="Auto").click()
    expect(root).not_to_have_attribute("data-bs-theme", "dark")
    dark.click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    edith.goto("/inbox")
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_without_scripts_a_look_leads_back_to_the_page(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith", java_script_enabled=False)
    edith.goto("/preferences")
    edith.locator(".me > summary").click()
    edith.get_by_role("button", name="Dark").click()
    edith.wait_for_url("**/preferences")
    expect(edith.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_who_was_chosen_is_still_there_after_going_back(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith")
    write(edith, subject="Lunch", body="At noon", to="Emil")
    edith.locator(".sidebar").get_by_role("link", name="Preferences").click()
    edith.wait_for_url("**/preferences")
    edith.go_back()
    expect(edith.locator(".people-chip")).to_contain_text("mil×")
    expect(edith.get_by_label("Subject")).to_have_value("Lunch")
    edith.get_by_role("button", name="Send to 1 person").click()
    edith.wait_for_url("**/sent/*")
    edith.go_back()
    expect(edith.locator(".people-chip")).to_have_count(1)


def test_who_was_typed_is_still_there_without_scripts(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith", java_script_enabled=False)
    write(edith, subject="Lunch", body="At noon")
    edith.get_by_label("To", exact=True).fill("emil")
    edith.locator(".sidebar").get_by_role("link", name="Preferences").click()
    edith.wait_for_url("**/preferences")
    edith.go_back()
    expect(edith.get_by_label("To", exact=True)).to_have_value("emil")


def asked(page: Page, *, go_on: bool) -> list[str]:
    """The questions that the page asks from now on, each answered so."""
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        (dialog.accept if go_on else dialog.dismiss)()

    page.on("dialog", answer)
    return questions


def _profile(page: Page) -> tuple[str, str]:
    page.goto("/profile")
    page.get_by_label("Name").fill("Edith Weber")
    return "Name", "Change password"


def _person(page: Page) -> tuple[str, str]:
    page.goto("/users/emil/edit")
    page.get_by_label("Name", exact=True).fill("Emil Weber")
    return "Name", "Set role"


def _times(page: Page) -> tuple[str, str]:
    page.goto("/preferences/times")
    page.get_by_label("unread after so many minutes").fill("7")
    return "unread after so many minutes", "Save quiet hours"


@pytest.mark.parametrize("type_something", [_profile, _person, _times])
def test_sending_one_form_asks_for_what_was_typed_into_another(
    type_something: Callable[[Page], tuple[str, str]], server, house: House, sign_in: SignIn
) -> None:
    house.move_in("ada", role="admin")
    ada = sign_in(server, "ada")
    field, button = type_something(ada)
    typed = ada.get_by_label(field).first.input_value()
    questions = asked(ada, go_on=False)
    ada.get_by_role("button", name=button).click()
    assert len(questions) == 1
    expect(ada.get_by_label(field).first).to_have_value(typed)
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.locator("#flashes")).to_contain_text("Saved")
    assert len(questions) == 1, "the form that is sent needs no question"


def test_whoever_goes_on_sends_it_and_nothing_typed_asks_nothing(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith")
    questions = asked(edith, go_on=True)
    edith.goto("/preferences/times")
    edith.get_by_role("button", name="Save quiet hours").click()
    expect(edith.locator("#flashes")).to_contain_text("Your quiet hours are saved.")
    assert questions == []
    edith.get_by_label("unread after so many minutes").fill("7")
    edith.locator("[name=wed-from]").first.fill("22:00")
    edith.get_by_role("button", name="Save quiet hours").click()
    expect(edith.locator("#error-summary")).to_be_visible()
    assert len(questions) == 1
    edith.get_by_role("button", name="Save", exact=True).click()
    expect(edith.locator("#flashes")).to_contain_text("Saved: e-mail")
    assert len(questions) == 2, "what was refused is not saved either"


def test_signing_out_asks_for_a_message_but_another_look_does_not(server, sign_in: SignIn) -> None:
    edith = sign_in(server, "edith")
    questions = asked(edith, go_on=False)
    write(edith, subject="Lunch", body="At noon", to="Emil")
    edith.locator(".me > summary").click()
    edith.get_by_role("button", name="Dark").click()
    expect(edith.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert questions == []
    edith.get_by_role("button", name="Sign out").click()
    assert len(questions) == 1
    expect(edith.get_by_label("Subject")).to_have_value("Lunch")
