"""/subscribers/<name>/keys: whether there is one, another one, and the former one dropped."""

import pytest

from tests.support.subscribers import subscriber


@pytest.fixture
def ada(browser_of, world):
    subscriber(world)
    return browser_of("ada", role="admin")


def press(browser, what, version, **more):
    path = "/subscribers/archive/keys"
    return browser.submit(f"{path}/{what}", {"version": version, **more}, page=path)


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, world, role):
    subscriber(world)
    olaf = browser_of("olaf", role=role)
    assert olaf.get("/subscribers/archive/keys").status_code == 403
    for what in ("replacement", "dropping"):
        path = f"/subscribers/archive/keys/{what}"
        assert olaf.submit(path, {"version": "1"}, page="/profile").status_code == 403


def test_a_new_one_is_shown_once_and_the_former_counts_until_it_is_dropped(ada, soup):
    answer = press(ada, "replacement", 1)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    key = soup(answer).select_one(".well").text
    assert key.startswith("whsec_")
    shown = ada.get("/subscribers/archive/keys").text
    assert "Two keys count" in shown
    assert key not in shown
    assert press(ada, "dropping", 2).location == "/subscribers/archive/keys"
    assert "Two keys count" not in ada.get("/subscribers/archive/keys").text


def test_a_page_that_is_sent_twice_makes_one_key(ada):
    assert press(ada, "replacement", 1).status_code == 200
    assert press(ada, "replacement", 1, again="1").status_code == 409
