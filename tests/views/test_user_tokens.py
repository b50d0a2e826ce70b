"""The tokens of others: an administrator sees and revokes them, and makes them for service accounts only."""

import pytest
from bs4 import BeautifulSoup

from webapp.services.people import accounts, tokens

NEW = {"name": "build", "scopes": ["messages:write"], "ends": "never"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def program(ada):
    given = {"username": "build", "display_name": "Build", "email": "", "role": "editor"}
    answer = ada.submit("/users/new/service", given)
    assert answer.location == "/users/build/tokens"
    return "build"


def test_a_service_account_gets_a_token_that_works(ada, program, app):
    answer = ada.submit("/users/build/tokens/new", NEW)
    secret = BeautifulSoup(answer.text, "html.parser").select_one(".well").text
    with app.app_context():
        found = accounts.get(username=program)
        assert found.service
    called = app.test_client().get("/api/v1/channels", headers={"Authorization": f"Bearer {secret}"})
    assert called.json["code"] == "scope_missing"
    assert "never expires" in ada.get("/users/build/tokens").text


def test_nobody_makes_one_in_the_name_of_a_person(ada, add_person):
    add_person("edith")
    assert ada.get("/users/edith/tokens/new").status_code == 409
    assert ada.submit("/users/edith/tokens/new", NEW, page="/users/edith/edit").status_code == 409
    assert "/users/edith/tokens/new" not in ada.get("/users/edith/tokens").text


def test_but_anybody_s_is_revoked(ada, add_person, app, clock):
    add_person("edith")
    with app.app_context():
        told = {"name": "x", "scopes": ["inbox:read"], "expires_at": None, "by": "edith", "now": clock.now()}
        made = tokens.make(username="edith", **told)
    ada.submit(f"/users/edith/tokens/{made.token.id}/revocation", {})
    with app.app_context():
        assert tokens.caller_of(token=made.secret, now=clock.now()) is None
    assert ada.get(f"/users/ada/tokens/{made.token.id}/revocation").status_code == 404


@pytest.mark.usefixtures("program")
def test_a_service_account_has_no_password_to_set_and_cannot_sign_in(ada, client):
    assert "Set password" not in ada.get("/users/build/edit").text
    set_ = ada.submit("/users/build/password", {"password": "long enough"}, page="/users/build/edit")
    assert set_.status_code == 409
    assert client.sign_in("build", "long enough").status_code == 422
    assert "Service account" in ada.get("/users").text


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_only_administrators_see_it(role, browser_of, add_person):
    add_person("edith")
    somebody = browser_of("somebody", role=role)
    for path in ("edith/tokens", "edith/tokens/new", "edith/tokens/1/revocation", "new/service"):
        assert somebody.get(f"/users/{path}").status_code == 403
