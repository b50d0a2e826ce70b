"""A form that was sent after its session had ended: nothing of it is done, and nothing that was typed is lost."""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for

from tests.support.application import Client, csrf_token
from tests.support.people import PASSWORD
from webapp.views._blueprint import Screen

HERE = {"Sec-Fetch-Site": "same-origin"}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://localhost/profile"}
NOT_ASKED = {"unsubscribe", "callbacks"}  # no session of a browser opens these
NAME = "Edith <b>Weber</b>"


@pytest.fixture
def typed(browser_of):
    """What Edith sends from a profile that was opened in an earlier session."""
    token = csrf_token(browser_of("edith").get("/profile"))
    return {"csrf_token": token, "display_name": NAME, "email": "e@example.com", "tz": "UTC", "locale": "en_GB"}


def name_of(edith: Client, soup) -> str:
    return soup(edith.get("/profile")).select_one("#display_name")["value"]


def fields(page) -> list[tuple[str, str]]:
    form = page.select_one("main form:not([action])")
    return [(it["name"], it.get("value", "")) for it in form.select("input")]


# --- whoever is signed in -----------------------------------------------------------------------------------------


def test_what_was_typed_is_shown_and_can_be_sent_again(browser_of, typed, soup):
    edith = browser_of("edith")
    typed["seen"] = soup(edith.get("/profile")).select_one("#seen")["value"]
    answer = edith.post("/profile", data=typed, headers=HERE)
    page = soup(answer)
    assert answer.status_code == 422
    assert "Send it again: what you typed is still here. You are signed in as Edith." in page.main.get_text()
    assert NAME in page.select_one(".kept").get_text()
    assert name_of(edith, soup) == "Edith"
    assert edith.post("/profile", data=dict(fields(page)), headers=HERE).status_code == 303
    assert name_of(edith, soup) == NAME


def test_nothing_is_lost_or_added(browser_of, soup):
    words = {"ids": ["1", "2"], "note": "\n two lines\n", "csrf_token": "stale", "empty": ""}
    page = soup(browser_of("edith").post("/inbox/readings?a=1", data=words, headers=HERE))
    sent = [("ids", "1"), ("ids", "2"), ("note", "\n two lines\n"), ("empty", "")]
    assert [field for field in fields(page) if field[0] != "csrf_token"] == sent
    assert [it.get_text() for it in page.select(".kept dd")] == ["/inbox/readings", "1", "2", "\n two lines\n"]


def test_secrets_are_asked_for_again(browser_of, soup):
    words = {"current": PASSWORD, "new": "another long one", "again": "another long one"}
    answer = browser_of("edith").post("/profile/password", data=words, headers=HERE)
    assert PASSWORD not in answer.text
    assert "another long one" not in answer.text
    asked = soup(answer).select("input[type=password]")
    assert [(it["name"], it.get("value")) for it in asked] == [("current", None), ("new", None), ("again", None)]


def test_a_plugins_secrets_are_asked_for_again(browser_of, soup):
    words = {"name": "smtp-main", "host": "mail.example.com", "password": "geheim", "auth_token": "geheim"}
    answer = browser_of("ada", role="admin").post("/providers/new/smtp", data=words, headers=HERE)
    assert "geheim" not in answer.text
    assert {it["name"] for it in soup(answer).select("input[type=password]")} == {"password", "auth_token"}


# --- whoever is not -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgotten", [True, False])
def test_one_signs_in_first_and_goes_on(forgotten, browser_of, typed, soup, clock):
    edith = browser_of("edith")
    typed |= {"csrf_token": csrf_token(edith.get("/profile")), "password": "geheim"}
    typed["seen"] = soup(edith.get("/profile")).select_one("#seen")["value"]
    if forgotten:
        edith.delete_cookie("belfry")
    else:
        clock.advance(30 * 86400)
    for _try in range(2):  # "go on" without having signed in asks again
        answer = edith.post("/profile", data=typed, headers=HERE)
        assert answer.status_code == 422
        assert soup(answer).select_one("main a[target=_blank]")["href"] == "/login"
        assert "geheim" not in answer.text
        typed = dict(fields(soup(answer)))
    edith.sign_in("edith", PASSWORD)
    page = soup(edith.post("/profile", data=typed, headers=HERE))
    assert page.select_one("input[type=password]")["name"] == "password"
    assert edith.post("/profile", data=dict(fields(page)), headers=HERE).status_code == 303
    assert name_of(edith, soup) == NAME


def test_a_sign_in_form_asks_for_its_password_only(client, add_person, soup):
    add_person("edith", password=PASSWORD)
    page = soup(client.post("/login", data={"username": "edith", "password": PASSWORD, "next": "/sent"}, headers=HERE))
    again = dict(fields(page)) | {"password": PASSWORD}
    assert client.post("/login", data=again, headers=HERE).location == "/sent"


# --- another site's -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://[evil"}, False),
        ({}, False),
    ],
)
def test_what_another_site_may_have_sent_is_not_kept(headers, kept, browser_of, typed):
    answer = browser_of("edith").post("/profile", data=typed, headers=headers)
    assert answer.status_code == (422 if kept else 400)
    assert ("Weber" in answer.text) == kept


# --- while somebody types -----------------------------------------------------------------------------------------


def test_whoever_types_is_told_where_to_sign_in(browser_of, typed, clock, soup):
    edith = browser_of("edith")
    token = csrf_token(edith.get("/profile"))
    clock.advance(30 * 86400)
    for given in (typed, typed | {"csrf_token": token}):
        answer = edith.post("/compose/preview", data=given, headers=HTMX)
        assert (answer.status_code, answer.headers["HX-Retarget"]) == (400, "#flashes")
        assert soup(answer).select_one("a[target=_blank]")["href"] == "/login"


def test_whoever_signed_in_anew_may_open_the_page_anew(browser_of, typed, soup):
    answer = browser_of("edith").post("/compose/preview", data=typed, headers=HTMX)
    assert answer.status_code == 400
    assert soup(answer).select_one("a[target=_blank]")["href"] == "/profile"


# --- no post does anything without a token ------------------------------------------------------------------------


def test_none_is_called_without_a_good_token(app, browser_of):
    ada = browser_of("ada", role="admin")
    good, called = csrf_token(ada.get("/profile")), _calls(app)
    paths = list(_posted_to(app))
    assert len(paths) > 50
    for path in paths:
        for token in ("", "made up"):
            words = {"csrf_token": token, "display_name": NAME}
            assert ada.post(path, data=words, headers=HERE).status_code == 422, path
            assert ada.post(path, data=words, headers=HTMX).status_code == 400, path
            assert ada.post(path, data={"csrf_token": token}, headers=HERE).status_code == 400, path
    assert called == []
    for path in paths:
        ada.post(path, data={"csrf_token": good})
    assert len(called) == len(paths)


def _calls(app: Flask) -> list[str]:
    """The endpoints that are called from now on; none does anything any more."""
    called: list[str] = []
    for endpoint in app.view_functions:
        if _asks_for_a_token(app, endpoint):
            app.view_functions[endpoint] = lambda endpoint=endpoint, **_given: called.append(endpoint) or ""
    return called


def _posted_to(app: Flask) -> Iterator[str]:
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and _asks_for_a_token(app, rule.endpoint):
                yield url_for(rule.endpoint, **dict.fromkeys(rule.arguments, 7))


def _asks_for_a_token(app: Flask, endpoint: str) -> bool:
    screen = app.blueprints.get(endpoint.partition(".")[0])
    return isinstance(screen, Screen) and screen.name not in NOT_ASKED
