"""One's own tokens: made with the password, shown once, listed, and revoked."""

import re

import pytest
from bs4 import BeautifulSoup

from tests.support.people import PASSWORD

NEW = {"name": "nightly", "scopes": ["inbox:read"], "ends": "90", "current": PASSWORD}


@pytest.fixture
def edith(browser_of):
    return browser_of("edith")


def secret_in(answer) -> str:
    return BeautifulSoup(answer.text, "html.parser").select_one(".well").text


def make(browser, **changed):
    return browser.submit("/profile/tokens/new", NEW | changed)


def revocation(browser) -> str:
    return BeautifulSoup(browser.get("/profile/tokens").text, "html.parser").select_one("td.acts a")["href"]


def test_a_token_is_shown_once_and_works(edith, app):
    secret = secret_in(make(edith))
    listed = edith.get("/profile/tokens").text
    assert secret[:12] in listed
    assert secret not in listed
    answer = app.test_client().get("/api/v1/inbox", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_it_takes_the_password(edith):
    answer = make(edith, current="another password")
    assert answer.status_code == 422
    assert "not your present password" in answer.text
    assert 'value="nightly"' in answer.text
    assert "another password" not in answer.text
    assert "You have no tokens" in edith.get("/profile/tokens").text


def test_sending_it_again_makes_no_second_one(edith):
    make(edith)
    assert make(edith).status_code == 422


@pytest.mark.parametrize(
    ("changed", "field"), [({"name": ""}, "name"), ({"scopes": []}, "scopes"), ({"ends": "x"}, "ends"),
                           ({"scopes": ["providers:read"]}, "scopes")],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(changed, field, edith):
    answer = make(edith, **changed)
    assert answer.status_code == 422
    assert BeautifulSoup(answer.text, "html.parser").select_one(f"#{field}-error")


def test_it_is_revoked_after_a_question(edith, app):
    secret = secret_in(make(edith))
    address = revocation(edith)
    assert "never used" in edith.get(address).text
    assert edith.submit(address, {}).status_code == 303
    answer = app.test_client().get("/api/v1/inbox", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert "Revoked" in edith.get("/profile/tokens").text
    assert edith.submit(address, {}).status_code == 303  # who comes second is told, and nothing breaks


def test_somebody_else_s_is_not_there(edith, browser_of):
    make(edith)
    address, emil = revocation(edith), browser_of("emil")
    assert emil.get(address).status_code == 404
    assert emil.submit(address, {}, page="/profile/tokens/new").status_code == 404
    assert "Good" in edith.get("/profile/tokens").text


@pytest.mark.parametrize("id", ["0", "x", "9" * 30, "-1", "²"])
def test_what_is_no_token_is_not_there(id, edith):
    assert edith.get(f"/profile/tokens/{id}/revocation").status_code == 404


def test_a_token_opens_no_page(edith, app):
    headers = {"Authorization": f"Bearer {secret_in(make(edith))}"}
    answer = app.test_client().get("/inbox", headers=headers)
    assert (answer.status_code, answer.location) == (303, "/login?next=%2Finbox") or answer.status_code in {302, 303}
    assert re.search("/login", answer.location)


def test_a_change_of_the_password_says_that_tokens_go_on(edith):
    make(edith)
    changed = {"current": PASSWORD, "new": "quite another one", "again": "quite another one"}
    edith.submit("/profile/password", changed, page="/profile")
    assert "1 token of yours goes on to work" in edith.get("/profile").text
