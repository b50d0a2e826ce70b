"""Signing in and out, in a browser; and who is offered the demo."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from tests.support.application import Client, csrf_token
from tests.support.people import PASSWORD
from webapp import create_app
from webapp.extensions import db
from webapp.runtime import runtime
from webapp.services.running import demo

HTMX = {"HX-Request": "true"}


@pytest.fixture
def edith(add_person):
    return add_person("edith", password=PASSWORD)


def said(answer) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").main.get_text(" ").split())


# --- the form -----------------------------------------------------------------------------------------------------


def test_the_form_has_the_fields_that_automation_knows(client):
    form = BeautifulSoup(client.get("/login").text, "html.parser").select_one("form[action='/login']")
    assert {str(field["name"]) for field in form.select("input")} == {"username", "password", "csrf_token", "next"}
    assert form["method"] == "post"


@pytest.mark.usefixtures("edith")
def test_signing_in_leads_to_the_page_that_was_asked_for(client):
    asked = client.get("/profile?from=mail")
    assert asked.status_code == 303
    assert asked.location == "/login?next=/profile?from%3Dmail"
    page = client.get(asked.location)
    assert "Please sign in to go on" in said(page)
    onwards = BeautifulSoup(page.text, "html.parser").select_one("input[name=next]")["value"]
    answer = client.submit("/login", {"username": "edith", "password": PASSWORD, "next": onwards})
    assert (answer.status_code, answer.location) == (303, "/profile?from=mail")
    assert client.get("/profile").status_code == 200


@pytest.mark.usefixtures("edith")
@pytest.mark.parametrize("onwards", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_it_leads_nowhere_else(onwards, client):
    answer = client.submit("/login", {"username": "edith", "password": PASSWORD, "next": onwards})
    assert answer.location == "/"
    assert client.get("/login", query_string={"next": onwards}).location == "/"


@pytest.mark.usefixtures("edith")
def test_a_header_holds_any_address(client):
    words = {"username": "edith", "password": PASSWORD, "next": "/sent?q=Łódź&a=%20"}
    answer = client.submit("/login", words, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/sent?q=%C5%81%C3%B3d%C5%BA&a=%20"


@pytest.mark.usefixtures("edith")
def test_whoever_is_signed_in_is_led_on(client):
    client.sign_in("edith", PASSWORD)
    assert client.get("/login?next=/profile").location == "/profile"


@pytest.mark.usefixtures("edith")
@pytest.mark.parametrize(("username", "password"), [("edith", "wrong password"), ("nobody", PASSWORD)])
def test_a_failure_keeps_the_name_and_not_the_password(username, password, client):
    answer = client.sign_in(username, password)
    assert answer.status_code == 422
    assert "You are not signed in" in said(answer)
    assert "This username and this password do not belong together." in said(answer)
    assert "<title>Error: Sign in" in answer.text
    assert f'value="{username}"' in answer.text
    assert password not in answer.text
    assert client.get("/profile").status_code == 303


def test_both_fields_are_asked_for(client):
    answer = client.sign_in("", "")
    assert answer.status_code == 422
    assert said(answer).count("Please fill this in.") == 4  # twice in the summary, once at each field


@pytest.mark.usefixtures("edith")
def test_too_many_tries(client, clock):
    for _try in range(10):
        assert client.sign_in("edith", "wrong password").status_code == 422
    answer = client.sign_in("edith", PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert "Please wait 5 minutes" in said(answer)
    clock.advance(300)
    assert client.sign_in("edith", PASSWORD).status_code == 303


# --- the session --------------------------------------------------------------------------------------------------


def cookie_of(browser: Client) -> str:
    return browser.get_cookie("belfry").value


def copied(app: Flask, cookie: str) -> FlaskClient:
    thief = app.test_client()
    thief.set_cookie("belfry", cookie)
    return thief


def test_a_copied_cookie_is_dead_after_signing_out(app, browser_of):
    edith = browser_of("edith")
    thief = copied(app, cookie_of(edith))
    assert thief.get("/profile").status_code == 200
    answer = edith.submit("/logout", {}, page="/profile")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "You are signed out." in edith.get("/login").text
    assert thief.get("/profile").status_code == 303


def test_a_copied_cookie_is_dead_after_another_signs_in_there(app, browser_of, add_person):
    edith = browser_of("edith")
    thief = copied(app, cookie_of(edith))
    add_person("erin", password=PASSWORD)
    edith.submit("/login", {"username": "erin", "password": PASSWORD}, page="/profile")
    assert 'name="username" value="erin"' in edith.get("/profile").text
    assert thief.get("/profile").status_code == 303


@pytest.mark.usefixtures("edith")
def test_signing_in_makes_a_new_cookie_and_a_new_token(client):
    client.get("/login")
    before, token = cookie_of(client), csrf_token(client.get("/login"))
    client.sign_in("edith", PASSWORD)
    assert cookie_of(client) != before
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400


def test_the_cookie_is_out_of_reach(browser_of, client, add_person):
    add_person("edith", password=PASSWORD)
    set_cookie = client.sign_in("edith", PASSWORD).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(set_cookie.split("; "))
    assert "Domain" not in set_cookie
    client.get("/profile")  # the first page brings the token for its forms
    assert "Set-Cookie" not in client.get("/profile").headers, "looking at a page sets no cookie"


def test_signing_out_twice_or_without_having_signed_in(client):
    assert client.submit("/logout", {}, page="/login").location == "/login"


def test_an_expired_session_asks_to_sign_in_and_comes_back(browser_of, clock):
    edith = browser_of("edith")
    token = csrf_token(edith.get("/profile"))
    clock.advance(30 * 86400)
    assert edith.get("/profile").location == "/login?next=/profile"
    posted = edith.post("/profile", data={"csrf_token": token}, headers={"Referer": "http://localhost/profile?a=1"})
    assert (posted.status_code, posted.location) == (303, "/login?next=/profile?a%3D1")
    piece = edith.get("/profile", headers=HTMX | {"HX-Current-URL": "http://localhost/inbox"})
    assert (piece.status_code, piece.headers["HX-Redirect"]) == (204, "/login?next=/inbox")


@pytest.mark.parametrize("token", ["", "made up", "IjAi.x.y"])
def test_a_stale_form_says_so_and_does_nothing(token, client, add_person):
    add_person("edith", password=PASSWORD)
    answer = client.post("/login", data={"username": "edith", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 400
    assert "This form was open too long" in said(answer)
    assert "Nothing was saved." in said(answer)
    assert client.get("/profile").status_code == 303


# --- the demo -----------------------------------------------------------------------------------------------------


@pytest.fixture
def demo_app(environment, clock):
    """Make an application in the demo with further settings, its team in it unless told otherwise."""
    made: list[Flask] = []

    def make(*, filled: bool = True, **settings: str) -> FlaskClient:
        from webapp.config import Settings

        told = {f"BELFRY_{name.upper()}": value for name, value in settings.items()}
        app = create_app(Settings.read(environment | {"BELFRY_DEMO": "on"} | told), clock)
        app.testing, app.test_client_class = True, Client
        made.append(app)
        with app.app_context():
            if filled and demo.is_empty():
                demo.fill(now=clock.now(), vault=runtime().vault, password="demo")
        return app.test_client()

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def offered(answer) -> list[str]:
    page = BeautifulSoup(answer.text, "html.parser")
    return [str(button["value"]) for button in page.select("form[action='/login/demo'] button")]


def continue_as(browser, username: str, **kwargs):
    return browser.submit("/login/demo", {"username": username, "next": "/profile"}, page="/login", **kwargs)


def test_the_demo_offers_one_of_each_role(demo_app):
    browser = demo_app()
    assert offered(browser.get("/login")) == ["edith", "olaf", "ada"]
    assert "Continue as Edith Editor" in said(browser.get("/login"))
    answer = continue_as(browser, "ada")
    assert (answer.status_code, answer.location) == (303, "/profile")
    assert browser.get("/users").status_code == 200
    assert '<span class="chip">Demo</span>' in browser.get("/users").text


def test_the_demos_password_works_too(demo_app):
    assert demo_app().sign_in("erin", "demo").status_code == 303


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "x-forwarded-prefix"],
)
def test_not_for_a_request_that_came_through_a_proxy(header, demo_app):
    browser = demo_app()
    assert offered(browser.get("/login", headers={header: "x"})) == []
    assert continue_as(browser, "edith", headers={header: "x"}).status_code == 404
    assert browser.get("/profile").status_code == 303


@pytest.mark.parametrize(
    "settings",
    [
        {"demo": "off"},
        {"host": "0.0.0.0"},
        {"host": "192.0.2.1"},
        {"public_url": "https://belfry.example.com"},
        {"public_url": "http://belfry.example.com"},
        {"public_url": "http://127.0.0.1.example.com"},
    ],
    ids=str,
)
def test_not_where_others_could_reach_it(settings, demo_app):
    demo_app()
    host = settings.get("public_url") or f"http://{settings.get('host', 'localhost')}"
    browser = demo_app(**settings)
    assert offered(browser.get("/login", base_url=host)) == []
    token = csrf_token(browser.get("/login", base_url=host))
    answer = browser.post(
        "/login/demo", data={"username": "edith", "csrf_token": token}, base_url=host, headers={"Referer": host}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("settings", [{"public_url": "http://127.0.0.1:5000"}, {"host": "localhost"}, {"host": "::1"}])
def test_loopback_by_any_name_is_this_machine(settings, demo_app):
    assert offered(demo_app(**settings).get("/login")) == ["edith", "olaf", "ada"]


def test_not_in_a_database_that_is_not_the_demos(demo_app, add_person):
    add_person("edith", password=PASSWORD)
    browser = demo_app(filled=False)
    assert offered(browser.get("/login")) == []
    assert continue_as(browser, "edith").status_code == 404


@pytest.mark.parametrize("username", ["nobody", "", "root", "edith\x00"], ids=ascii)
def test_nobody_but_the_demos_team(username, demo_app):
    assert continue_as(demo_app(), username).status_code == 404


def test_a_real_person_in_the_demo_keeps_their_password(demo_app, add_person):
    browser = demo_app()
    add_person("nina", password=PASSWORD, role="admin")
    assert continue_as(browser, "nina").status_code == 404
