"""Closing somebody's account: it is asked about with what cannot be undone, and opened again by a press."""

import pytest

from webapp.domain.scope import Scope
from webapp.services.people import accounts, tokens


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin", display_name="Ada Kern")


@pytest.fixture
def stored(app):
    def read(username):
        with app.app_context():
            return accounts.get(username=username)

    return read


@pytest.fixture
def make_tokens(app, clock):
    def make(count):
        given = {"scopes": [Scope.INBOX_READ], "expires_at": None, "by": "ada", "now": clock.now()}
        with app.app_context():
            for number in range(count):
                tokens.make(username="edith", name=f"Program {number}", **given)

    return make


@pytest.mark.parametrize(
    ("made", "told"), [(0, ""), (1, " 1 token is revoked for good."), (2, " 2 tokens are revoked for good.")]
)
def test_it_is_asked_about_with_what_stays_lost(ada, add_person, make_tokens, stored, soup, made, told):
    add_person("edith")
    make_tokens(made)
    [ask] = soup(ada.get("/users/edith/edit")).select("a.btn-outline-danger[href$=deactivation]")
    asked = soup(ada.get(ask["href"]))
    assert asked.h1.text == "Deactivate Edith?"
    closed = "They are signed out everywhere, and nothing more is sent to them."
    assert asked.select_one("main .banner p").text == closed + told
    assert ("Their programs need new tokens then." in asked.main.text) == bool(made)
    assert stored("edith").active, "It was only asked."


def test_deactivated_and_active_again(ada, browser_of, stored):
    edith = browser_of("edith")
    assert ada.submit("/users/edith/deactivation", {}, page="/users/edith/edit").location == "/users"
    assert not stored("edith").active
    assert edith.get("/profile").status_code == 303
    assert "Edith is inactive" in ada.get("/users/edith/edit").text
    again = ada.submit("/users/edith/deactivation", {}, page="/users/edith/edit")
    assert again.status_code == 409
    assert "Edith is inactive already." in again.text
    assert ada.submit("/users/edith/activation", {}, page="/users/edith/edit").location == "/users/edith/edit"
    assert stored("edith").active
