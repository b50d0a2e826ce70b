"""Users: an administrator lists, adds, edits, deactivates, and sets roles; nobody else does."""

import pytest
from bs4 import BeautifulSoup

from tests.support.people import PASSWORD
from webapp.domain.role import Role
from webapp.services.people import accounts

NINA = {
    "username": "nina",
    "display_name": "Nina Öst",
    "email": "nina@example.com",
    "phone": "",
    "role": "operator",
    "password": PASSWORD,
    "tz": "Europe/Paris",
    "locale": "fr",
}
DETAILS = {"display_name": "Edith Hale", "email": "", "phone": "", "tz": "UTC", "locale": "en_GB"}
WRITES = [
    *("new", "edith/edit", "edith/role", "edith/password", "edith/deactivation", "edith/activation"),
    "edith/second-factor",
]


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin", display_name="Ada Kern")


@pytest.fixture
def stored(app):
    def read(username):
        with app.app_context():
            return accounts.get(username=username)

    return read


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def names(answer) -> list[str]:
    return [cell.a.get_text() for cell in soup(answer).select("tbody th")]


def errors(answer) -> list[str]:
    return [line["id"].removesuffix("-error") for line in soup(answer).select(".field-error")]


# --- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [("editor", 403), ("operator", 403), ("admin", 200)])
def test_only_administrators_see_it(role, status, browser_of, add_person):
    add_person("edith")
    somebody = browser_of("somebody", role=role)
    for path in ("/users", "/users?q=ed", "/users/new", "/users/edith/edit", "/users/edith/second-factor"):
        assert somebody.get(path).status_code == status
    assert ("/users" in [link["href"] for link in soup(somebody.get("/profile")).select("nav a")]) is (status == 200)


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("role", ["editor", "operator"])
def test_nobody_else_changes_anything(path, role, browser_of, add_person, stored):
    was = add_person("edith")
    answer = browser_of("somebody", role=role).submit(f"/users/{path}", NINA | DETAILS, page="/profile")
    assert answer.status_code == 403
    assert stored("edith") == was


@pytest.mark.parametrize("path", WRITES)
def test_whoever_is_not_signed_in_is_asked_to(path, client, add_person, stored):
    was = add_person("edith")
    assert client.submit(f"/users/{path}", NINA, page="/login").location.startswith("/login")
    assert stored("edith") == was
    assert client.get("/users").location == "/login?next=/users"


@pytest.mark.parametrize("path", WRITES)
def test_a_form_without_its_token_does_nothing(path, ada, add_person, stored):
    was = add_person("edith")
    assert ada.post(f"/users/{path}", data=NINA | DETAILS).status_code == 400
    assert stored("edith") == was


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(ada, browser_of, app, clock):
    olaf = browser_of("olaf", role="admin")
    assert olaf.get("/users").status_code == 200
    with app.app_context():
        accounts.set_role(username="olaf", role="operator", by="ada", now=clock.now())
    assert olaf.get("/users").status_code == 303  # signed out; and once back in:
    assert browser_of("olaf").get("/users").status_code == 403


# --- the list -----------------------------------------------------------------------------------------------------


def test_everybody_in_the_order_of_their_names(ada, add_person, app, clock):
    add_person("zoe", display_name="zoe <b>", email=None)
    add_person("bea", display_name="Bea")
    with app.app_context():
        accounts.deactivate(username="bea", by="ada", now=clock.now())
    answer = ada.get("/users")
    assert names(answer) == ["Ada Kern", "Bea", "zoe <b>"]
    assert soup(answer).select_one("tbody").get_text().count("Inactive") == 1
    assert "None: only the inbox" in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [("mor", ["Emil Moreau"]), ("e", None), ("nobody at all", []), ("%25%25", []), ("<b>", [])],
)
def test_a_search_without_scripts_and_with(query, found, ada, add_person):
    add_person("emil", display_name="Emil Moreau")
    whole = ada.get(f"/users?q={query}")
    piece = ada.get(f"/users?q={query}", headers={"HX-Request": "true"})
    assert names(whole) == names(piece) == (found or [])
    assert "<html" in whole.text
    assert "<html" not in piece.text
    assert soup(piece).select_one("#people")
    assert ("Two letters at least" in whole.text) is (found is None)
    assert "<b>" not in soup(whole).main.text.replace("<b>", "", 1) or query == "<b>"


def test_a_page_of_them_at_most_and_that_is_said(ada, add_person, monkeypatch):
    monkeypatch.setattr("webapp.views.users.MOST", 2)
    add_person("bea")
    assert "are shown" not in ada.get("/users").text
    add_person("cleo")
    assert names(ada.get("/users")) == ["Ada Kern", "Bea"]
    assert "The first 2 are shown." in ada.get("/users").text


def test_few_statements_however_many_there_are(ada, add_person, statements):
    for number in range(20):
        add_person(f"user{number}")
    for path in ("/users", "/users?q=us", "/users/new", "/users/user7/edit"):
        with statements() as asked:
            assert ada.get(path).status_code == 200
        assert len(asked) <= 8, asked


# --- adding -------------------------------------------------------------------------------------------------------


def test_somebody_is_added_and_can_sign_in(ada, stored, client):
    answer = ada.submit("/users/new", NINA)
    assert (answer.status_code, answer.location) == (303, "/users")
    assert "Nina Öst can sign in now, as “nina”." in ada.get("/users").text
    nina = stored("nina")
    assert (nina.role, nina.tz, nina.phone) == (Role.OPERATOR, "Europe/Paris", None)
    assert client.sign_in("nina", PASSWORD).status_code == 303


def test_a_new_colleague_lives_where_the_administrator_does(browser_of):
    ada = browser_of("ada", role="admin", tz="Europe/Paris", locale="fr")
    page = soup(ada.get("/users/new"))
    assert page.select_one("#tz option[selected]")["value"] == "Europe/Paris"
    assert page.select_one("#locale option[selected]")["value"] == "fr"
    assert page.select_one("input[name=role][checked]")["value"] == "editor"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("username", ""),
        ("username", "Nina"),
        ("username", "ada"),
        ("display_name", ""),
        ("display_name", "two\nlines"),
        ("email", "nope"),
        ("phone", "12"),
        ("role", "boss"),
        ("role", ""),
        ("password", ""),
        ("password", "short"),
        ("tz", "Mars"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_added(field, typed, ada):
    answer = ada.submit("/users/new", NINA | {field: typed})
    assert answer.status_code == 422
    assert errors(answer) == [field]
    assert PASSWORD not in answer.text
    assert names(ada.get("/users")) == ["Ada Kern"]


# --- one person ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["nobody/edit", "Ada/edit", "../ada/edit", "x" * 500 + "/edit"])
def test_somebody_who_is_not_there(path, ada):
    assert ada.get(f"/users/{path}").status_code == 404


@pytest.mark.parametrize("path", [path for path in WRITES if path != "new"])
def test_nothing_is_done_to_somebody_who_is_not_there(path, ada):
    answer = ada.submit(f"/users/{path.replace('edith', 'nobody')}", NINA | DETAILS, page="/users/new")
    assert answer.status_code == 404


def test_details_are_saved(ada, add_person, stored):
    add_person("edith")
    answer = ada.submit("/users/edith/edit", DETAILS | {"role": "admin", "active": ""})
    assert (answer.status_code, answer.location) == (303, "/users/edith/edit")
    edith = stored("edith")
    assert (edith.display_name, edith.email, edith.role, edith.active) == ("Edith Hale", None, Role.EDITOR, True)


def test_a_wrong_detail_is_named(ada, add_person, stored):
    was = add_person("edith")
    answer = ada.submit("/users/edith/edit", DETAILS | {"email": "nope", "display_name": "Changed"})
    assert answer.status_code == 422
    assert errors(answer) == ["email"]
    assert 'value="Changed"' in answer.text
    assert stored("edith") == was


def test_a_role_is_set(ada, browser_of, stored):
    edith = browser_of("edith")
    answer = ada.submit("/users/edith/role", {"role": "admin"}, page="/users/edith/edit")
    assert answer.location == "/users/edith/edit"
    assert stored("edith").role is Role.ADMIN
    assert edith.get("/profile").status_code == 303, "whoever is signed in as them has to sign in again"


@pytest.mark.parametrize("role", ["", "boss"])
def test_another_role_there_is_not(role, ada, add_person, stored):
    add_person("edith")
    answer = ada.submit("/users/edith/role", {"role": role}, page="/users/edith/edit")
    assert answer.status_code == 422
    assert errors(answer) == ["role"]
    assert stored("edith").role is Role.EDITOR


def test_a_password_is_set_and_ends_their_sessions(ada, browser_of, client):
    edith = browser_of("edith")
    answer = ada.submit("/users/edith/password", {"password": "quite another one"}, page="/users/edith/edit")
    assert answer.location == "/users/edith/edit"
    assert edith.get("/profile").status_code == 303
    assert client.sign_in("edith", "quite another one").status_code == 303
    refused = ada.submit("/users/edith/password", {"password": "short"}, page="/users/edith/edit")
    assert (refused.status_code, errors(refused)) == (422, ["password"])


def test_ones_own_password_takes_the_present_one(ada, client):
    refused = ada.submit("/users/ada/password", {"password": "quite another one"}, page="/users/ada/edit")
    assert (refused.status_code, errors(refused)) == (422, ["password"])
    assert client.sign_in("ada", "quite another one").status_code != 303


# --- the last administrator ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "data"), [("deactivation", {}), ("role", {"role": "editor"})])
def test_the_last_administrator_is_told_and_stays(path, data, ada, stored):
    answer = ada.submit(f"/users/ada/{path}", data, page="/users/ada/edit")
    assert answer.status_code == 409
    assert "Ada Kern is the last active administrator. Make somebody else an administrator first." in answer.text
    assert stored("ada").role is Role.ADMIN
    assert stored("ada").active
    assert ada.get("/users").status_code == 200


def test_whoever_gives_up_the_role_stays_signed_in_and_is_led_away(ada, add_person):
    add_person("adam", role="admin")
    assert ada.submit("/users/ada/role", {"role": "editor"}, page="/users/ada/edit").location == "/"
    assert ada.get("/users").status_code == 403
    assert ada.get("/profile").status_code == 200
