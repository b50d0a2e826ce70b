"""Two people at one form: the slower one is led to what is said about it, also who sees nothing of the page."""

from playwright.sync_api import Page, expect

from tests.support.house import House
from tests.support.server import Serve

# Where a form is, and a field of it.
FORMS = {
    "/channels/team.news": "title",
    "/policies/kazoo": "max_delay_s",
    "/providers/relay": "per_minute",
    "/users/ada/edit": "display_name",
    "/profile": "display_name",
}


def save(page: Page, field: str, words: str, button: str = "Save") -> None:
    page.locator(f"#{field}").fill(words)
    page.get_by_role("button", name=button, exact=True).click()


def test_the_focus_goes_to_who_was_faster(serve: Serve, house: House, sign_in) -> None:
    house.move_in("ada", role="admin")
    house.open_channel()
    house.send_by(25, name="relay")
    page = sign_in(serve(JOBS="off"), "ada")
    faster = page.context.new_page()
    for path, field in FORMS.items():
        page.goto(path)
        faster.goto(path)
        save(faster, field, "60")
        expect(faster.locator(".flash")).to_be_visible()
        save(page, field, "90")
        refusal = page.get_by_role("alert").filter(has_text="changed this after you opened it")
        expect(refusal).to_be_focused()
        save(page, field, "90", "Save mine over it")
        expect(page.locator(".flash")).to_be_visible()
