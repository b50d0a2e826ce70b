"""The look is a cookie, so that the first paint is right."""

import pytest
from bs4 import BeautifulSoup


def choose(browser, **data):
    return browser.submit("/theme", data, page="/profile")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_look_is_there_with_the_first_byte(theme, browser_of):
    edith = browser_of("edith")
    answer = choose(edith, theme=theme, next="/profile?a=1")
    assert (answer.status_code, answer.location) == (303, "/profile?a=1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = BeautifulSoup(edith.get("/profile").text, "html.parser")
    assert page.html["data-bs-theme"] == theme
    assert page.select_one(f"button[name=theme][value={theme}]")["aria-pressed"] == "true"


def test_auto_leaves_it_to_the_system(browser_of):
    edith = browser_of("edith")
    choose(edith, theme="dark")
    choose(edith, theme="auto")
    assert "data-bs-theme" not in edith.get("/profile").text


def test_scripts_stay_on_the_page(browser_of):
    data = {"theme": "dark", "next": "/sent"}
    answer = browser_of("edith").submit("/theme", data, page="/profile", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers.get("HX-Redirect")) == (204, None)
    assert answer.headers["Set-Cookie"].startswith("theme=dark;")


@pytest.mark.parametrize("theme", ["", "pink", '"><script>'])
def test_another_look_there_is_not(theme, browser_of):
    answer = choose(browser_of("edith"), theme=theme)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


def test_a_made_up_cookie_is_ignored(browser_of):
    edith = browser_of("edith")
    edith.set_cookie("theme", '"><script>')
    assert "data-bs-theme" not in edith.get("/profile").text


def test_on_the_page_of_a_refused_form_it_leads_back_to_the_form(browser_of):
    edith, page = browser_of("edith"), "/preferences/times"
    referrer = {"Referer": f"http://localhost{page}"}
    refused = edith.submit(f"{page}/quiet-hours", {"wed-from": "22:00", "wed-to": ""}, page=page, headers=referrer)
    assert refused.status_code == 422
    form = BeautifulSoup(refused.text, "html.parser").select_one("form[action='/theme']")
    assert choose(edith, theme="dark", next=form.select_one("[name=next]")["value"]).location == page
    assert choose(edith, theme="dark", next=f"{page}/quiet-hours").location == "/"


@pytest.mark.parametrize("onwards", ["https://evil.example/", "//evil.example", ""])
def test_it_leads_nowhere_else(onwards, browser_of):
    assert choose(browser_of("edith"), theme="dark", next=onwards).location == "/"


def test_whoever_is_not_signed_in_may_choose_too(client):
    answer = client.submit("/theme", {"theme": "dark", "next": "/login"}, page="/login")
    assert (answer.status_code, answer.location) == (303, "/login")
