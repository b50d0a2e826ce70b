"""/providers/<name>/keys: which there are, another one, and the former one dropped."""

import pytest

from webapp.runtime import runtime
from webapp.services.providers import provider_setup


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture(autouse=True)
def relay(app, clock, signing):
    """A provider with a key, which is this."""
    with app.app_context():
        told = {"by": "ada", "now": clock.now(), "vault": runtime().vault}
        saved = provider_setup.add(kind="signing", name="relay", medium="email", raw={"host": "a.example"}, **told)
        provider_setup.add(kind="file", name="box", medium="email", raw={}, **told)
    return saved.made["signing_key"]


def press(browser, what, **more):
    """One of the page's forms, as the browser would send it."""
    found = browser.get("/providers/relay/keys").text
    version = found.partition('name="version" value="')[2].partition('"')[0]
    path = f"/providers/relay/keys/signing_key/{what}"
    return browser.submit(path, {"version": version, **more}, page="/providers/relay/keys")


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    olaf = browser_of("olaf", role=role)
    assert olaf.get("/providers/relay/keys").status_code == 403
    for what in ("replacement", "dropping"):
        path = f"/providers/relay/keys/signing_key/{what}"
        assert olaf.submit(path, {"version": "1"}, page="/profile").status_code == 403


def test_a_new_one_is_shown_once_and_the_former_counts_until_it_is_dropped(ada, relay, soup):
    answer = press(ada, "replacement")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    key = soup(answer).select_one(".well").text
    assert key != relay
    assert key not in str(answer.headers)
    shown = soup(ada.get("/providers/relay/keys"))
    assert "Two keys count" in shown.text
    assert key not in shown.text
    assert press(ada, "dropping").location == "/providers/relay/keys"
    assert "Two keys count" not in ada.get("/providers/relay/keys").text


def test_a_page_that_is_sent_again_makes_no_other_key(ada):
    path = "/providers/relay/keys/signing_key/replacement"
    assert ada.submit(path, {"version": "1"}, page="/providers/relay/keys").status_code == 200
    for version in ("1", "", "nonsense"):
        again = ada.submit(path, {"version": version, "again": "1"}, page="/providers/relay/keys")
        assert (again.status_code, "key-of-the-house" in again.text) == (409, False)


def test_a_new_one_that_was_lost_is_replaced_alone(ada, relay, app):
    press(ada, "replacement")
    assert press(ada, "replacement").status_code == 409
    assert press(ada, "replacement", again="1").status_code == 200


def test_what_is_not_there_is_missing(ada, soup):
    assert ada.get("/providers/nobody/keys").status_code == 404
    wrong = ada.submit("/providers/relay/keys/password/replacement", {"version": "1"}, page="/providers/relay/keys")
    assert wrong.status_code == 404
    assert "makes no keys" in ada.get("/providers/box/keys").text
    assert soup(ada.get("/providers/box")).select_one("a[href='/providers/box/keys']") is None
