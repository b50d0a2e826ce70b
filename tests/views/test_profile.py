"""One's own profile and password."""

import pytest
from bs4 import BeautifulSoup

from tests.support.people import PASSWORD
from webapp.services.people import accounts

DETAILS = {
    "display_name": "Edith Hale",
    "email": "hale@example.com",
    "phone": "+49 30 901820",
    "tz": "Europe/Paris",
    "locale": "de",
}
NEW = "quite another one"


@pytest.fixture
def edith(browser_of):
    return browser_of("edith")


@pytest.fixture
def stored(app):
    def read(username="edith"):
        with app.app_context():
            return accounts.get(username=username)

    return read


def errors(answer) -> dict[str, str]:
    page = BeautifulSoup(answer.text, "html.parser")
    return {
        line["id"].removesuffix("-error"): line.span.get_text(" ", strip=True) for line in page.select(".field-error")
    }


def test_the_form_shows_what_is_kept(edith):
    page = BeautifulSoup(edith.get("/profile").text, "html.parser")
    assert page.select_one("#display_name")["value"] == "Edith"
    assert page.select_one("#tz option[selected]")["value"] == "UTC"
    assert page.select_one("#locale option[selected]")["value"] == "en_GB"
    assert all(not field.get("value") for field in page.select("input[type=password]"))


def test_it_is_saved_and_times_follow_the_zone(edith, stored):
    answer = edith.submit("/profile", DETAILS)
    assert (answer.status_code, answer.location) == (303, "/profile")
    saved = stored()
    assert (saved.display_name, saved.phone, saved.tz, saved.locale) == (
        "Edith Hale",
        "+4930901820",
        "Europe/Paris",
        "de",
    )
    assert "Saved." in edith.get("/profile").text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("display_name", ""),
        ("display_name", "x" * 101),
        ("email", "nope"),
        ("phone", "12"),
        ("tz", "Mars"),
        ("locale", "x"),
    ],
)
def test_what_is_wrong_is_named_and_kept_in_the_form(field, typed, edith, stored):
    was = stored()
    answer = edith.submit("/profile", DETAILS | {field: typed})
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert "<title>Error: Your profile" in answer.text
    assert 'value="hale@example.com"' in answer.text or field == "email"
    assert stored() == was


def test_nobody_changes_their_own_role_or_anothers_profile(edith, stored, add_person):
    add_person("erin")
    edith.submit("/profile", DETAILS | {"role": "admin", "username": "erin", "active": "", "id": "2"})
    assert stored().role == "editor"
    assert stored("erin").display_name == "Erin"


def test_a_rare_zone_or_locale_is_not_lost_by_saving(edith, stored, app, clock):
    rare = DETAILS | {"tz": "EST5EDT", "locale": "gsw_CH"}
    with app.app_context():
        accounts.edit(username="edith", **rare, by="edith", now=clock.now())
    page = BeautifulSoup(edith.get("/profile").text, "html.parser")
    chosen = {name: page.select_one(f"#{name} option[selected]")["value"] for name in ("tz", "locale")}
    assert chosen == {"tz": "EST5EDT", "locale": "gsw_CH"}
    assert edith.submit("/profile", rare | {"display_name": "Edith K."}, page="/profile").status_code == 303
    kept = stored("edith")
    assert (kept.display_name, kept.tz, kept.locale) == ("Edith K.", "EST5EDT", "gsw_CH")


# --- the password -------------------------------------------------------------------------------------------------


def change(browser, current=PASSWORD, new=NEW, again=NEW):
    return browser.submit("/profile/password", {"current": current, "new": new, "again": again}, page="/profile")


def test_a_new_password_signs_out_everywhere_else(edith, browser_of, client):
    elsewhere, copied = browser_of("edith"), client
    copied.set_cookie("belfry", edith.get_cookie("belfry").value)
    assert change(edith).location == "/profile"
    assert "you are signed out everywhere else" in edith.get("/profile").text
    assert elsewhere.get("/profile").status_code == 303
    assert copied.get("/profile").status_code == 303
    assert elsewhere.sign_in("edith", PASSWORD).status_code == 422
    assert elsewhere.sign_in("edith", NEW).status_code == 303


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"current": "wrong password"}, ["current"]),
        ({"current": ""}, ["current"]),
        ({"new": "short", "again": "short"}, ["new"]),
        ({"again": "not the same"}, ["again"]),
        ({"new": "", "again": ""}, ["new", "again"]),
    ],
)
def test_a_password_that_will_not_do(typed, wrong, edith, client):
    answer = change(edith, **typed)
    assert answer.status_code == 422
    assert list(errors(answer)) == wrong
    assert client.sign_in("edith", PASSWORD).status_code == 303


def test_guessing_the_present_one_is_throttled(edith):
    for _try in range(10):
        change(edith, current="wrong password")
    answer = change(edith)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"


def test_few_statements(edith, statements):
    with statements() as asked:
        assert edith.get("/profile").status_code == 200
    assert len(asked) <= 8, asked
