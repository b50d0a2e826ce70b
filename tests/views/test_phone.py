"""Showing whose phone it is, in a browser."""

import pytest

from tests.support.application import csrf_token
from tests.support.phones import PHONE
from webapp.domain.verification import AGAIN_AFTER, LASTS
from webapp.services.people import accounts

pytestmark = pytest.mark.usefixtures("session", "network")


@pytest.fixture
def edith(browser_of):
    return browser_of("edith", phone=PHONE)


def ask(browser, page="/profile"):
    return browser.submit("/profile/phone/code", {}, page=page)


def said(soup, answer) -> str:
    return " ".join(soup(answer).get_text(" ").split())


def test_from_the_profile_to_a_verified_phone(edith, soup, network, sms_by):
    sms_by("texts")
    assert "Not verified" in said(soup, edith.get("/profile"))
    assert ask(edith).location == "/profile/phone"
    page = soup(edith.get("/profile/phone"))
    field = page.select_one("#code")
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert "sent a moment ago to +49…20" in said(soup, edith.get("/profile/phone"))
    assert network.newest not in str(page)
    answer = edith.submit("/profile/phone", {"code": network.newest})
    assert (answer.status_code, answer.location) == (303, "/profile")
    page = said(soup, edith.get("/profile"))
    assert "Your phone is verified" in page
    assert "Verified on" in page
    assert "Send a code" not in page


def test_what_is_wrong_stands_at_the_field(edith, soup, network, sms_by, clock):
    sms_by("texts")
    ask(edith)
    for typed, words in (("", "Please fill this in."), ("x", "4 tries are left.")):
        answer = edith.submit("/profile/phone", {"code": typed})
        assert answer.status_code == 422
        assert words in soup(answer).select_one("#code-error").get_text()
        assert "<title>Error: Verify your phone" in answer.text
    clock.advance(LASTS)
    answer = edith.submit("/profile/phone", {"code": network.newest})
    assert "has expired" in soup(answer).select_one("#code-error").get_text()
    assert "10 min ago" in said(soup, answer)
    assert "is good no more" in said(soup, answer)


def test_that_no_code_could_be_sent_is_said_beside_it(edith, soup, sms_by, clock, network):
    assert ask(edith).location == "/profile/phone"
    page = edith.get("/profile/phone")
    assert "no active provider" in soup(page).select_one(".banner").get_text()
    assert soup(page).select(".flash") == []
    assert soup(page).select("#code") == []
    sms_by("texts")
    ask(edith, page="/profile/phone")
    ask(edith, page="/profile/phone")
    assert "too soon after the last code" in soup(edith.get("/profile/phone")).select_one(".banner").get_text()
    clock.advance(AGAIN_AFTER)
    ask(edith, page="/profile/phone")
    assert len(network.texts) == 2


def test_where_there_is_nothing_to_verify(browser_of, soup, sms_by, clock):
    sms_by("texts")
    nina = browser_of("nina")
    assert nina.get("/profile/phone").location == "/profile"
    assert ask(nina).location == "/profile"
    assert "There is no phone number on record." in nina.get("/profile").text
    assert nina.submit("/profile/phone", {"code": "1"}, page="/profile").status_code == 303


def test_nothing_without_a_token_and_nothing_by_a_get(edith, network, sms_by, every_row):
    sms_by("texts")
    edith.get("/profile")
    was = every_row()
    assert edith.get("/profile/phone").status_code == 200
    assert edith.get("/profile/phone/code").status_code == 405
    for path in ("/profile/phone", "/profile/phone/code"):
        assert edith.post(path, data={"code": "1"}).status_code == 400
    assert (every_row(), network.texts) == (was, [])


def test_nobody_without_having_signed_in(client, network, sms_by):
    sms_by("texts")
    token = csrf_token(client.get("/login"))
    for path in ("/profile/phone", "/profile/phone/code"):
        assert client.post(path, data={"csrf_token": token}).location.startswith("/login")
    assert network.texts == []


def test_a_verified_phone_is_where_sms_go(edith, network, sms_by):
    sms_by("texts")
    ask(edith)
    edith.submit("/profile/phone", {"code": network.newest})
    assert accounts.get(username="edith").phone_verified_at
