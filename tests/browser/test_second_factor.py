"""SMS as a second factor in a browser, from the first code to the last recovery code, by a Twilio on loopback."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, update

from tests.support.house import PASSWORD, House
from tests.support.server import Belfry, Serve, Server
from tests.support.twilio import FakeTwilio
from webapp.models.sign_in import Throttle
from webapp.models.verification import Verification

PHONE = "+4915112345678"


class Phones:
    """Edith's phone, and the clock of whoever made the code that is on it."""

    def __init__(self, twilio: FakeTwilio, house: House, *, by_verify: bool) -> None:
        self._twilio, self._house, self._by_verify = twilio, house, by_verify

    @property
    def code(self) -> str:
        """The newest code."""
        if self._by_verify:
            return self._twilio.code_for(PHONE)
        found = re.match(r"\d{6}\b", self._twilio.messages[-1]["body"])
        assert found
        return found[0]

    @property
    def wrong(self) -> str:
        """Another one."""
        return "123456" if self.code != "123456" else "654321"

    def expire(self) -> None:
        """Ten minutes pass for the code."""
        if self._by_verify:
            self._twilio.expire(PHONE)
        else:
            self._house.change(update(Verification).values(expires_at=Verification.sent_at))

    def wait(self) -> None:
        """Long enough pass that another code may be asked for."""
        self._house.change(delete(Throttle))


class Story:
    """What Edith does in front of her browser."""

    def __init__(self, page: Page, server: Server, phones: Phones) -> None:
        self.page, self._url, self._phones = page, server.url, phones

    def go(self, path: str) -> None:
        self.page.goto(f"{self._url}{path}")

    def sign_in(self, path: str = "/login") -> None:
        """As far as the password goes."""
        self.go(path)
        self.page.get_by_label("Username").fill("edith")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.page.context.clear_cookies()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def type(self, code: str, button: str = "Sign in", label: str = "Code") -> None:
        self.page.get_by_label(label, exact=True).fill(code)
        self.press(button)

    def another(self) -> None:
        self._phones.wait()
        self.press("Send another code")
        self.sees("A code is on its way.")

    def reads(self, words: str) -> None:
        """At the field, and in the summary that has the focus."""
        expect(self.page.locator(".field-error")).to_contain_text(words)
        expect(self.page.locator("#error-summary")).to_be_focused()
        expect(self.page).to_have_title(re.compile("^Error: "))

    def sees(self, words: str) -> None:
        expect(self.page.locator("body")).to_contain_text(words)

    def is_in(self, path: str = "/inbox") -> None:
        self.page.wait_for_url(f"**{path}")


@pytest.fixture(params=["verify", "messages"])
def phones(request, twilio: FakeTwilio, house: House, belfry: Belfry) -> Phones:
    """The codes are Twilio's own by Verify; or ours, sent as messages."""
    by_verify = request.param == "verify"
    typed = twilio.typed() if by_verify else twilio.typed(verify_service="")
    pairs = [word for name, text in typed.items() if name != "auth_token" for word in ("--set", f"{name}={text}")]
    house.move_in("edith")
    options = ["--medium", "sms", *pairs, "--set-stdin", "auth_token", "--activate"]
    added = house.command("providers", "add", "twilio", "texts", *options, stdin=f"{typed['auth_token']}\n")
    assert added.exit_code == 0, added.output
    return Phones(twilio, house, by_verify=by_verify)


@pytest.fixture
def story(page: Page, serve: Serve, phones: Phones) -> Story:
    return Story(page, serve(JOBS="off"), phones)


@pytest.fixture
def kept(story: Story, phones: Phones) -> list[str]:
    """Edith's recovery codes: her phone is verified, the second factor is on, and she is signed out."""
    page = story.page
    story.sign_in("/login?next=/profile")
    story.is_in("/profile")
    page.get_by_label("Phone").first.fill("+49 1511 2345678")
    story.press("Save")
    story.sees("Not verified")
    story.press("Send a code")
    story.type(phones.wrong, "Verify")
    story.reads("This is not the code. 4 tries are left.")
    story.type(phones.code, "Verify")
    story.sees("Your phone is verified")
    page.get_by_role("link", name="Turn it on").click()
    page.get_by_label("Present password").fill(PASSWORD)
    story.press("Turn it on")
    codes = page.locator("#recovery-codes").inner_text().split()
    assert len(set(codes)) == 10
    page.get_by_role("link", name="I have kept them").click()
    story.sees("10 recovery codes are left.")
    assert not [code for code in codes if code in page.content()]
    story.sign_out()
    phones.wait()
    return codes


@pytest.mark.usefixtures("kept")
def test_wrong_expired_and_exhausted_codes(story: Story, phones: Phones) -> None:
    story.sign_in("/profile")
    story.is_in("/login/code")
    field = story.page.get_by_label("Code")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")
    story.press("Send another code")
    story.sees("That was too soon after the last code.")
    phones.expire()
    story.type("123456")
    story.reads("expired")
    story.another()
    for words in ("4 tries", "3 tries", "2 tries", "One try", "the last try", "too often"):
        story.type(phones.wrong)
        story.reads(words)
    story.type(phones.code)
    story.reads("too often")
    phones.expire()
    story.another()
    story.type(f"{phones.code[:3]} {phones.code[3:]}")
    story.is_in("/profile")


@pytest.mark.usefixtures("kept")
def test_a_code_that_has_been_used(story: Story, phones: Phones) -> None:
    story.sign_in()
    story.page.wait_for_url("**/login/code")
    used = phones.code
    story.type(used)
    story.is_in()
    story.sign_out()
    story.sign_in()
    story.sees("No code has been sent yet.")
    phones.wait()
    story.press("Send a code")
    story.sees("A code is on its way.")
    if phones.code != used:
        story.type(used)
        story.reads("This is not the code.")
    story.type(phones.code)
    story.is_in()


def test_the_right_code_is_good_once_even_for_whoever_copied_the_cookie(
    kept: list[str], story: Story, phones: Phones, new_context: Callable[..., Page]
) -> None:
    story.sign_in()
    story.page.wait_for_url("**/login/code")
    code = phones.code
    thief = new_context(storage_state=story.page.context.storage_state()).new_page()
    thief.goto(story.page.url)
    story.type(code)
    story.is_in()
    thief.get_by_label("Code").fill(code)
    thief.get_by_role("button", name="Sign in", exact=True).click()
    expect(thief.locator(".field-error")).to_contain_text("This code has been used already.")
    thief.get_by_role("button", name="Send another code").click()
    expect(thief.get_by_label("Password")).to_be_visible()


def test_a_recovery_code_and_it_is_good_once(kept: list[str], story: Story, house: House) -> None:
    for code, left in ((kept[0].upper(), 9), (kept[1].replace("-", " "), 8)):
        story.sign_in("/sent")
        story.page.get_by_role("link", name="Use a recovery code").click()
        if left == 8:
            story.type(kept[0], label="Recovery code")
            story.reads("used already")
        story.type(code, label="Recovery code")
        story.is_in("/sent")
        story.sees(f"{left} recovery codes are left.")
        story.sign_out()
    assert house.answer("users", "reset-second-factor", "edith", "--reason", "Lost both.")["second_factor_at"] is None
    story.sign_in()
    story.is_in()


def test_nothing_is_sent_while_nobody_can_send_it(
    kept: list[str], story: Story, house: House, twilio: FakeTwilio
) -> None:
    house.answer("providers", "deactivate", "texts")
    before = len(twilio.requests)
    story.sign_in()
    story.sees("there is no active provider for SMS")
    assert len(twilio.requests) == before
    story.page.get_by_role("link", name="Use a recovery code").click()
    story.type(kept[0], label="Recovery code")
    story.is_in()
