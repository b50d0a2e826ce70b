"""The menu: made from where the screens say they stand, and only as far as the person may go."""

import pytest
from bs4 import BeautifulSoup
from flask import render_template_string

from webapp.domain.role import Role
from webapp.views._blueprint import EVERYBODY, Place, Screen


@pytest.fixture
def counted(app):
    """Screens of our own, next to those there are; what their counts were asked."""
    asked = []

    def count():
        asked.append(1)
        return 1204

    places = {
        "zz_first": (Role.EDITOR, Place("First", "inbox", 0, 1, count, key="g f")),
        "zz_queue": (Role.OPERATOR, Place("Queue", "clock", 1, 1)),
        "zz_settings": (Role.ADMIN, Place("Settings", "people", 2, 99)),
        "zz_placeless": (Role.EDITOR, None),
        "zz_open": (EVERYBODY, Place("Open", "inbox", 0, 2)),
    }
    for name, (role, place) in places.items():
        screen = Screen(name, __name__, role=role, place=place, url_prefix=f"/{name}")
        screen.add_url_rule("/", "index", lambda: render_template_string("{% extends 'layout/base.html' %}"))
        screen.add_url_rule("/piece", "piece", lambda: "a piece")
        app.register_blueprint(screen)
    below = Screen("zz_below", __name__, role=Role.EDITOR, url_prefix="/zz_first")
    below.add_url_rule("/of_another", "index", lambda: render_template_string("{% extends 'layout/base.html' %}"))
    app.register_blueprint(below)
    return asked


def menu(answer) -> dict[str, str]:
    links = BeautifulSoup(answer.text, "html.parser").select(".sidebar .menu a")
    told = {str(link["href"]): " ".join(link.get_text(" ").split()) for link in links}
    return {path: words for path, words in told.items() if path.startswith("/zz")}


@pytest.mark.parametrize(
    ("role", "places"),
    [
        ("editor", ["/zz_first/"]),
        ("operator", ["/zz_first/", "/zz_queue/"]),
        ("admin", ["/zz_first/", "/zz_queue/", "/zz_settings/"]),
    ],
)
@pytest.mark.usefixtures("counted")
def test_only_what_the_person_may_see_in_its_order(role, places, browser_of):
    assert list(menu(browser_of("somebody", role=role).get("/profile"))) == places


@pytest.mark.usefixtures("counted")
def test_the_place_where_one_is_has_its_mark(browser_of):
    page = BeautifulSoup(browser_of("edith").get("/zz_first/").text, "html.parser")
    marked = [link["href"] for link in page.select(".sidebar .menu a[aria-current=page]")]
    assert marked == ["/zz_first/"]
    assert page.select_one(".sidebar a[href='/zz_first/']")["data-key"] == "g f"


@pytest.mark.usefixtures("counted")
def test_a_page_below_a_place_has_its_mark(browser_of):
    page = BeautifulSoup(browser_of("ada", role="admin").get("/zz_first/of_another").text, "html.parser")
    assert [link["href"] for link in page.select(".sidebar .menu a[aria-current=page]")] == ["/zz_first/"]


def test_a_count_is_asked_once_for_a_page_and_never_for_a_piece(counted, browser_of):
    edith = browser_of("edith")
    counted.clear()
    assert menu(edith.get("/zz_first/")) == {"/zz_first/": "First 1204"}
    assert len(counted) == 1
    edith.get("/zz_first/piece")
    assert len(counted) == 1
