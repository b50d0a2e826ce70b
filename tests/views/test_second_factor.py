"""One's own second factor, in a browser."""

import pytest
from sqlalchemy import update

from tests.support.people import PASSWORD
from tests.support.phones import PHONE
from webapp.models.user import User
from webapp.services.people import accounts, throttle

pytestmark = pytest.mark.usefixtures("session", "network")
PAGE = "/profile/second-factor"


@pytest.fixture
def edith(browser_of, change, clock):
    browser = browser_of("edith", phone=PHONE)
    change(User, phone_verified_at=clock.now())
    return browser


def post(browser, what, password=PASSWORD):
    return browser.submit(f"{PAGE}/{what}", {"current": password}, page=PAGE)


def said(soup, answer) -> str:
    return " ".join(soup(answer).get_text(" ").split())


def codes(soup, answer) -> list[str]:
    return soup(answer).select_one("#recovery-codes").get_text().split()


def test_turning_it_on_shows_ten_codes_once(edith, soup, browser_of):
    elsewhere = browser_of("edith")
    assert "the password is enough" in said(soup, edith.get("/profile"))
    answer = post(edith, "on")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(set(codes(soup, answer))) == 10
    assert "They are shown this once." in said(soup, answer)
    for path in ("/profile", PAGE):
        page = edith.get(path)
        assert "10 recovery codes are left." in said(soup, page)
        assert not [code for code in codes(soup, answer) if code in page.text]
    assert elsewhere.get("/profile").status_code == 303
    assert edith.submit(f"{PAGE}/on", {"current": PASSWORD}, page=PAGE).location == "/profile"


def test_other_codes_and_turning_it_off(edith, soup):
    first = codes(soup, post(edith, "on"))
    second = codes(soup, post(edith, "recovery-codes"))
    assert not set(first) & set(second)
    answer = post(edith, "off")
    assert (answer.status_code, answer.location) == (303, "/profile")
    page = said(soup, edith.get("/profile"))
    assert "The second factor is off, and you are signed out everywhere else." in page
    assert "the password is enough" in page


@pytest.mark.parametrize("what", ["on", "recovery-codes", "off"])
def test_it_takes_the_password(edith, soup, what):
    for typed, words in (("", "Please fill this in."), ("another password", "not your present password")):
        answer = post(edith, what, typed)
        assert answer.status_code == 422
        assert words in soup(answer).select_one("#current-error").get_text()
    for _try in range(throttle.MOST - 1):
        post(edith, what, "another password")
    answer = post(edith, what)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert accounts.get(username="edith").second_factor_at is None


def test_without_a_verified_phone(browser_of, soup):
    nina = browser_of("nina", phone=PHONE)
    assert "It takes a verified phone." in said(soup, nina.get("/profile"))
    page = nina.get(PAGE)
    assert "Verify your phone first" in said(soup, page)
    assert soup(page).select("main form") == []
    answer = nina.submit(f"{PAGE}/on", {"current": PASSWORD}, page="/profile")
    assert (answer.status_code, answer.location) == (303, "/profile")
    assert "Verify your phone first" in nina.get("/profile").text


def test_the_number_stays_while_it_is_on(edith, soup):
    post(edith, "on")
    details = {"display_name": "Edith", "email": "", "phone": "+353 87 0000000", "tz": "UTC", "locale": "de"}
    answer = edith.submit("/profile", details)
    assert answer.status_code == 422
    assert "Turn the second factor off first." in soup(answer).select_one("#phone-error").get_text()


def test_nothing_is_changed_by_a_get(edith, every_row):
    was = every_row()
    edith.get(PAGE)
    for what in ("on", "off", "recovery-codes"):
        assert edith.get(f"{PAGE}/{what}").status_code == 405
        assert edith.post(f"{PAGE}/{what}", data={"current": PASSWORD}).status_code == 400
    assert every_row() == was


def test_an_expired_session_shows_no_codes(edith, session):
    answer = edith.get(PAGE)
    with session() as opened:
        opened.execute(update(User).values(active=False))
        opened.commit()
    token = answer.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    assert edith.post(f"{PAGE}/on", data={"current": PASSWORD, "csrf_token": token}).location.startswith("/login")
