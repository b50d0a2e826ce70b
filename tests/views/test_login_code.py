"""The second step of signing in, in a browser."""

import pytest

from tests.support.application import csrf_token
from tests.support.people import PASSWORD
from webapp.domain import verification
from webapp.domain.verification import AGAIN_AFTER
from webapp.models.user import User
from webapp.services.people import accounts, second_factor, throttle

pytestmark = pytest.mark.usefixtures("session", "network")


@pytest.fixture
def kept(verified, clock):
    """Edith's recovery codes."""
    verified("edith")
    return second_factor.turn_on(username="edith", password=PASSWORD, now=clock.now()).codes


@pytest.fixture
def begin(client, kept):
    def once(onwards="/profile?from=mail"):
        answer = client.submit("/login", {"username": "edith", "password": PASSWORD, "next": onwards})
        assert (answer.status_code, answer.location) == (303, "/login/code")
        return client.get("/login/code")

    return once


def enter(browser, code):
    return browser.submit("/login/code", {"code": code})


def said(soup, answer) -> str:
    return " ".join(soup(answer).get_text(" ").split())


def test_the_password_leads_to_the_code_and_the_code_to_where_it_was_wanted(client, begin, soup, network, sms_by):
    sms_by("texts")
    page = begin()
    assert "was sent a moment ago to +49…20" in said(soup, page)
    field = soup(page).select_one("#code")
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert client.get("/profile").location == "/login?next=/profile"
    answer = enter(client, network.newest)
    assert (answer.status_code, answer.location) == (303, "/profile?from=mail")
    assert client.get("/profile").status_code == 200
    assert client.get("/login/code").location == "/"


@pytest.mark.parametrize("onwards", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_it_leads_nowhere_else(client, begin, network, sms_by, onwards):
    sms_by("texts")
    begin(onwards)
    assert enter(client, network.newest).location == "/"


def test_signing_in_makes_a_new_cookie_and_a_new_token(client, begin, network, sms_by):
    sms_by("texts")
    token = csrf_token(begin())
    before = client.get_cookie("belfry").value
    enter(client, network.newest)
    assert client.get_cookie("belfry").value != before
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400


def test_a_copied_cookie_finds_the_code_used(app, client, begin, network, sms_by, soup):
    sms_by("texts")
    begin()
    thief = app.test_client()
    thief.set_cookie("belfry", client.get_cookie("belfry").value)
    enter(client, network.newest)
    answer = enter(thief, network.newest)
    assert answer.status_code == 422
    assert "This code has been used already." in soup(answer).select_one("#code-error").get_text()
    assert thief.get("/profile").status_code == 303


def test_what_is_wrong_stands_at_the_field(client, begin, network, sms_by, soup):
    sms_by("texts")
    begin()
    for typed, words in [("", "Please fill this in."), ("x", "4 tries are left")]:
        answer = enter(client, typed)
        assert answer.status_code == 422
        assert words in soup(answer).select_one("#code-error").get_text()
        assert "<title>Error: Enter your code" in answer.text
    for _try in range(verification.MOST_TRIES):
        answer = enter(client, "x")
    assert "tried too often" in soup(answer).select_one("#code-error").get_text()


def test_too_many_guesses(client, begin, kept, soup):
    begin()
    for _try in range(throttle.MOST):
        assert client.submit("/login/recovery", {"recovery": "x"}).status_code == 422
    answer = client.submit("/login/recovery", {"recovery": kept[0]})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert "Too many tries." in said(soup, answer)


def test_another_code_after_half_a_minute(client, begin, network, sms_by, soup, clock):
    sms_by("texts")
    begin()
    client.submit("/login/code/another", {}, page="/login/code")
    assert "too soon after the last code" in soup(client.get("/login/code")).select_one(".banner").get_text()
    clock.advance(AGAIN_AFTER)
    answer = client.submit("/login/code/another", {}, page="/login/code")
    assert (answer.status_code, answer.location) == (303, "/login/code")
    assert "A code is on its way." in client.get("/login/code").text
    assert len(network.texts) == 2
    assert enter(client, network.newest).status_code == 303


def test_where_no_code_can_be_sent_a_recovery_code_is_offered(client, begin, kept, soup):
    page = begin()
    assert "no active provider for SMS" in soup(page).select_one(".banner").get_text()
    assert "No code has been sent yet." in said(soup, page)
    assert soup(page).select_one("a[href='/login/recovery']")
    answer = client.submit("/login/recovery", {"recovery": kept[0]})
    assert answer.location == "/profile?from=mail"
    assert "9 recovery codes are left." in said(soup, client.get("/profile"))


def test_a_recovery_code_that_is_none(client, begin, soup):
    begin()
    for typed, words in (("", "Please fill this in."), ("x", "none of your recovery codes")):
        answer = client.submit("/login/recovery", {"recovery": typed})
        assert answer.status_code == 422
        assert words in soup(answer).select_one("#recovery-error").get_text()


PLACES = [
    ("/login/code", {"code": "424242"}),
    ("/login/code/another", {}),
    ("/login/recovery", {"recovery": "x"}),
]


@pytest.mark.parametrize(("path", "typed"), PLACES)
def test_a_sign_in_that_is_over_begins_again(client, begin, change, soup, path, typed, clock):
    begin()
    token = csrf_token(client.get("/login/code"))
    accounts.set_password(username="edith", password="another long one", by="ada", now=clock.now())
    answer = client.post(path, data={"csrf_token": token, **typed})
    assert (answer.status_code, answer.location) == (303, "/login?next=/profile?from%3Dmail")
    assert "This sign-in is over. Please begin again" in said(soup, client.get("/login"))


@pytest.mark.parametrize("path", ["/login/code", "/login/recovery"])
def test_so_does_its_page(client, begin, change, path):
    begin()
    change(User, active=False)
    assert client.get(path).location.startswith("/login?next=")


@pytest.mark.parametrize(("path", "typed"), PLACES)
def test_whoever_has_not_begun(client, kept, path, typed):
    assert client.submit(path, typed, page="/login").location == "/login"
    assert client.get("/login/code").location == client.get("/login/recovery").location == "/login"


@pytest.mark.parametrize(("path", "typed"), PLACES)
def test_nothing_without_a_token(client, begin, network, sms_by, path, typed):
    begin()
    sms_by("texts")
    assert client.post(path, data=typed).status_code == 400
    assert network.texts == []


def test_looking_changes_nothing(client, begin, sms_by, every_row):
    sms_by("texts")
    begin()
    was = every_row()
    for path in ("/login/code", "/login/recovery", "/login"):
        assert client.get(path).status_code == 200
    assert client.get("/login/code/another").status_code == 405
    assert every_row() == was


def test_somebody_else_s_session_goes_on_until_the_code_is_right(browser_of, kept, network, sms_by):
    sms_by("texts")
    browser = browser_of("emil")
    data = {"username": "edith", "password": PASSWORD}
    assert browser.submit("/login", data, page="/profile").location == "/login/code"
    assert 'value="emil"' in browser.get("/profile").text
    enter(browser, network.newest)
    assert 'value="edith"' in browser.get("/profile").text
