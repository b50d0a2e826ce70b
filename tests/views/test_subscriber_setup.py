"""/subscribers/new and /subscribers/<name>/settings: the form, its rows of channels, its check, and what is refused."""

import pytest
from sqlalchemy import update

from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.runtime import runtime
from webapp.services.subscribers import subscriber_setup

HTMX = {"HX-Request": "true"}
TOKEN = "correct horse/battery+staple"
PASSED = [401, 204]


@pytest.fixture
def ada(browser_of, world):
    world.execute(update(Channel).values(filter_keys=["source", "messageType"]))
    return browser_of("ada", role="admin")


@pytest.fixture
def there(app):
    def find(name="archive"):
        with app.app_context():
            db.session.rollback()
            found = {view.name: view for view in subscriber_setup.overview(vault=runtime().vault)}
            return found.get(name)

    return find


def filled(url="https://archive.example/hook", **more):
    account = {"name": "archive", "url": url, "auth": "bearer", "secret": TOKEN, "body": "plain", "timeout": "25"}
    return account | {"at_once": "4", "policy": "open-notificaties", "ca": "", "header": "", "username": ""} | more


def post(browser, told, path="/subscribers/new", **more):
    return browser.submit(path, told, page=path, **more)


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, world, role):
    olaf = browser_of("olaf", role=role)
    assert olaf.get("/subscribers/new").status_code == 403
    assert olaf.submit("/subscribers/new", filled(), page="/profile").status_code == 403


def test_the_form_is_drawn_from_the_fields_with_the_table_of_its_tries(ada, soup):
    page = soup(ada.get("/subscribers/new"))
    assert {"name", "url", "auth", "secret", "body", "policy", "at_once"} <= {
        it["name"] for it in page.select("[name]")
    }
    assert "23 h 55 min" in page.select_one(".tries-table").text
    assert page.select_one("option[value='open-notificaties']").has_attr("selected")


def test_one_is_saved_switched_off_and_its_key_shown_once(ada, there, soup):
    told = filled(act="off", channel="team.news") | {"team.news:groups": "1", "team.news:0:source": "1"}
    answer = post(ada, told)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    key = soup(answer).select_one(".well").text
    assert key.startswith("whsec_")
    view = there()
    assert (view.active, [(one.channel, list(one.groups)) for one in view.channels]) == (
        False, [("team.news", [{"source": "1"}])],
    )  # fmt: skip
    shown = ada.get("/subscribers/archive/settings").text
    assert key not in shown
    assert TOKEN not in shown


def test_one_that_passes_its_check_is_switched_on(ada, there, web):
    server = web(PASSED)
    assert post(ada, filled(server.url())).status_code == 200
    assert (there().active, there().check_passed) == (True, True)


def test_one_that_fails_it_is_not_saved_and_each_step_told(ada, there, web, soup):
    answer = post(ada, filled(web([200, 500, 200, 500]).url()))
    page = soup(answer)
    assert answer.status_code == 422
    assert [it.text for it in page.select("#found .chip")] == ["200", "500"]
    assert "whoever asks without the credentials is let in" in page.select_one("#found").text
    assert "say why it shall go on" in page.select_one("#why-error").text
    assert page.select_one("#url")["value"].startswith("http://127.0.0.1")
    assert TOKEN not in answer.text
    assert there() is None


def test_but_for_a_reason(ada, there, web):
    assert post(ada, filled(web([200, 200]).url(), why="Behind a wall.")).status_code == 200
    assert (there().active, there().waived) == (True, "Behind a wall.")


def test_the_check_by_itself_saves_nothing_and_is_a_piece(ada, there, web, soup):
    answer = post(ada, filled(web(PASSED).url(), act="check"), headers=HTMX)
    assert answer.status_code == 200
    assert not soup(answer).select("form")
    assert "Passed" in soup(answer).select_one("#found").text
    assert there() is None


def test_what_is_wrong_stands_at_its_field_and_channel(ada, soup):
    told = filled("", channel="team.news", name="") | {"team.news:groups": "1", "team.news:0:colour": "red"}
    answer = post(ada, told)
    page = soup(answer)
    assert answer.status_code == 422
    assert page.select_one("#url-error")
    assert page.select_one("#name-error")
    assert "Its filter keys are source, messageType." in page.select_one("[id='want-team.news']").text
    assert page.select_one("[name='team.news:0:colour']")["value"] == "red"


def test_rows_come_and_go_without_a_script_and_keep_what_was_typed(ada, soup, there):
    told = filled(step="add", more="team.news")
    page = soup(post(ada, told))
    assert page.select_one("#name")["value"] == "archive"
    assert page.select_one("[name='team.news:0:source']")["value"] == ""
    assert not page.select("#more option[value='team.news']")
    told = filled(step="group team.news", channel="team.news") | {"team.news:groups": "1", "team.news:0:source": "1"}
    page = soup(post(ada, told))
    assert [it["value"] for it in page.select("[name^='team.news:'][name$=':source']")] == ["1", ""]
    piece = soup(post(ada, told | {"step": "drop team.news"}, headers=HTMX))
    assert not piece.select("fieldset")
    assert piece.select("#wants")
    assert there() is None


# --- one that there is ------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(ada):
    """One that is switched off; gives what its form holds."""
    post(ada, filled(act="off", channel="team.news"))
    return filled(secret="", version="1", channel="team.news")


def test_it_is_changed(ada, saved, there):
    answer = post(ada, saved | {"timeout": "7", "policy": "kazoo"}, "/subscribers/archive/settings")
    assert answer.location == "/subscribers/archive"
    assert (there().settings["timeout"], there().policy, there().version) == (7, "kazoo", 2)


def test_who_is_slower_sees_what_they_typed_and_saves_it_knowingly(ada, saved, there, soup):
    path = "/subscribers/archive/settings"
    post(ada, saved | {"timeout": "7"}, path)
    late = post(ada, saved | {"timeout": "9"}, path)
    page = soup(late)
    assert late.status_code == 409
    assert (page.select_one("#timeout")["value"], page.select_one("#version")["value"]) == ("9", "2")
    assert post(ada, saved | {"timeout": "9", "version": "2"}, path).status_code == 303
    assert there().settings["timeout"] == 9


def test_one_that_is_not_there_is_not_found(ada):
    assert ada.get("/subscribers/nobody/settings").status_code == 404
