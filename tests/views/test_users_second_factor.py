"""Users: somebody's second factor, as an administrator sees and resets it."""

import pytest
from bs4 import BeautifulSoup

from tests.support.people import PASSWORD
from webapp.models.user import User
from webapp.services.people import accounts, second_factor

DETAILS = {"display_name": "Edith Hale", "email": "", "phone": "", "tz": "UTC", "locale": "en_GB"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin", display_name="Ada Kern")


@pytest.fixture
def stored(app):
    def read(username):
        with app.app_context():
            return accounts.get(username=username)

    return read


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def errors(answer) -> list[str]:
    return [line["id"].removesuffix("-error") for line in soup(answer).select(".field-error")]


@pytest.fixture
def guarded(ada, verified, clock):
    """Ada's browser; Edith's second factor is on."""
    verified("edith", display_name="Edith")
    second_factor.turn_on(username="edith", password=PASSWORD, now=clock.now())
    return ada


def said(answer) -> str:
    return " ".join(soup(answer).get_text(" ").split())


def test_it_is_shown_and_reset_with_a_reason(guarded, stored, browser_of):
    assert "Second factor on" in said(guarded.get("/users"))
    assert "Signing in takes a code that is sent to their phone." in said(guarded.get("/users/edith/edit"))
    answer = guarded.submit("/users/edith/second-factor", {"reason": " "})
    assert answer.status_code == 422
    assert errors(answer) == ["reason"]
    assert stored("edith").second_factor_at
    answer = guarded.submit("/users/edith/second-factor", {"reason": "Lost."})
    assert (answer.status_code, answer.location) == (303, "/users/edith/edit")
    page = said(guarded.get("/users/edith/edit"))
    assert "Edith signs in with the password alone, and is signed out everywhere." in page
    assert "Their phone is verified; they can turn it on" in page
    assert stored("edith").second_factor_at is None
    answer = guarded.submit("/users/edith/second-factor", {"reason": "Lost."})
    assert answer.status_code == 409
    assert "Edith signs in without a second factor." in said(answer)


def test_a_reason_that_cannot_be_kept(guarded):
    answer = guarded.submit("/users/edith/second-factor", {"reason": "x" * 501})
    assert answer.status_code == 422
    assert errors(answer) == ["reason"]


def test_nobody_resets_their_own(guarded, change, clock, stored):
    change(User, second_factor_at=clock.now(), phone="+3531", phone_verified_at=clock.now())
    answer = guarded.submit("/users/ada/second-factor", {"reason": "Lazy."})
    assert answer.status_code == 409
    assert "in your profile" in said(answer)
    assert stored("ada").second_factor_at


def test_another_number_takes_it_away_which_is_said(guarded, stored):
    kept = DETAILS | {"phone": "+4930901820"}
    guarded.submit("/users/edith/edit", kept)
    assert stored("edith").second_factor_at
    assert "second factor is off" not in said(guarded.get("/users/edith/edit"))
    guarded.submit("/users/edith/edit", kept | {"phone": "+353 87 0000000"})
    assert stored("edith").second_factor_at is None
    assert "The second factor is off: its codes went to the former number." in said(guarded.get("/users/edith/edit"))


def test_of_nobody(ada):
    assert ada.get("/users/nobody/second-factor").status_code == 404
    assert ada.submit("/users/nobody/second-factor", {"reason": "x"}, page="/users").status_code == 404
