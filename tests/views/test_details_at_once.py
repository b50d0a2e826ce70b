"""Two people at one person's details: the slower one sees what the faster one saved, and may decide."""

import pytest

from webapp.services.people import accounts

DETAILS = {"display_name": "Edith Hale", "email": "", "phone": "", "tz": "Europe/Berlin", "locale": "en_GB"}
FASTER = DETAILS | {"display_name": "Edith the Second", "email": "second@example.com"}
OWN, THEIRS = "/profile", "/users/edith/edit"
SLOWER = DETAILS | {"display_name": "Edith the First"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin", display_name="Ada Kern")


@pytest.fixture
def edith(browser_of):
    return browser_of("edith")


@pytest.fixture
def save(soup):
    """Fill a form in that was opened before somebody else saved it."""

    def opened(somebody, path):
        seen = soup(somebody.get(path)).select_one("#seen")["value"]
        return lambda details: somebody.submit(path, details | {"seen": seen})

    return opened


def stored(app):
    with app.app_context():
        return accounts.get(username="edith").display_name


def words(element) -> str:
    return " ".join(element.get_text(" ").split())


@pytest.mark.parametrize(
    ("first", "second"),
    [("/profile", "/users/edith/edit"), ("/users/edith/edit", "/profile"), ("/profile", "/profile")],
)
def test_whoever_comes_second_sees_both_and_may_decide(ada, edith, save, app, soup, first, second):
    somebody = {OWN: edith, THEIRS: ada}
    faster, slower = save(somebody[first], first), save(somebody[second], second)
    assert faster(FASTER).status_code == 303
    late = slower(SLOWER)
    assert (late.status_code, stored(app)) == (409, "Edith the Second")
    page = soup(late)
    assert "changed this after you opened it" in words(page.select_one(".banner[role=alert]"))
    assert not page.select("#error-summary"), "It is said once."
    assert words(page.select_one("section:has(#saved-title) dl")) == (
        "Name Edith the Second E-mail second@example.com Phone – "
        "Time zone Europe/Berlin Language and region English (United Kingdom)"
    )
    assert page.select_one("[name=display_name]")["value"] == "Edith the First"
    assert words(page.select_one(".form .btn-primary")) == "Save mine over it"
    somebody[second].submit(second, SLOWER | {"seen": page.select_one("#seen")["value"]})
    assert stored(app) == "Edith the First"


def test_what_is_wrong_in_it_is_said_first(edith, save, soup):
    faster, slower = save(edith, "/profile"), save(edith, "/profile")
    faster(FASTER)
    late = slower(SLOWER | {"email": "nothing"})
    assert late.status_code == 422
    assert soup(late).select("#error-summary")
    assert not soup(late).select("#saved-title")
