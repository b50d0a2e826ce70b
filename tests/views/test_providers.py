"""/providers: how they fare, the form that is drawn from Fields, the test, and what is asked before."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from tests.support.smtp import ScriptedServer
from webapp.runtime import runtime
from webapp.services.providers import provider_setup

PASSWORD = "correct horse/battery+staple"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def server():
    servers = []

    def start(**script):
        servers.append(ScriptedServer(script, offers=("AUTH PLAIN",)))
        return servers[-1]

    yield start
    for one in servers:
        one.stop()


@pytest.fixture
def there(app):
    def find():
        with app.app_context():
            return {view.name: view for view in provider_setup.listed(vault=runtime().vault)}

    return find


def smtp(port: int = 25, **more: str) -> dict[str, str]:
    account = {"name": "main", "medium": "email", "host": "127.0.0.1", "port": str(port), "security": "none"}
    signed_in = {"auth": "plain", "username": "belfry", "password": PASSWORD, "sender": "belfry@example.com"}
    return account | signed_in | {"sender_name": "", "reply_to": "", "timeout": "5", "to": "ada@example.com"} | more


def page(answer):
    return BeautifulSoup(answer.text, "html.parser")


def verdict(browser) -> str:
    return page(browser.get("/providers")).select_one(".banner").get_text(" ", strip=True)


# --- the list -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    olaf = browser_of("olaf", role=role)
    for path in ("", "/new", "/new/smtp", "/main", "/main/test", "/main/deactivation", "/main/removal"):
        assert olaf.get(f"/providers{path}").status_code == 403
    for path in ("/new/smtp", "/main", "/main/test", "/main/activation", "/main/deactivation", "/main/removal"):
        assert olaf.submit(f"/providers{path}", smtp(), page="/profile").status_code == 403


def test_without_any_it_says_what_follows_and_offers_the_kinds(ada):
    shown = page(ada.get("/providers"))
    assert "No active provider for e-mail: notifications stay in the inbox only." in shown.text
    assert {str(card["href"]) for card in shown.select(".kinds a")} == {"/providers/new/file", "/providers/new/smtp"}


def test_the_first_line_sums_it_up(ada, app, clock):
    ada.submit("/providers/new/file", {"name": "box", "medium": "email", "sender": "a@example.com", "act": "activate"})
    assert verdict(ada) == "box is active, and has not handed anything over yet."
    _fares(app, clock.now(), last_success_at=clock.now())
    assert verdict(ada) == "Your active provider is proven."
    _fares(app, clock.now(), last_error_at=clock.advance(60), last_error="535 no")
    assert verdict(ada) == "1 provider needs you."
    assert "535 no" in page(ada.get("/providers")).select_one("table").text
    _fares(app, clock.now(), paused_reason="AUTH", paused_until=clock.now() + timedelta(seconds=30))
    assert verdict(ada) == "1 provider needs you."
    told = page(ada.get("/providers")).select_one("table").text
    assert "Paused" in told
    assert "Sign-in refused. A probe goes out after" in told


def _fares(app, now, **told):
    from webapp.database import writing
    from webapp.extensions import db
    from webapp.models.provider import ProviderHealth

    with app.app_context(), writing(db.session) as session:
        session.query(ProviderHealth).update(told)


def test_it_says_nothing_while_nothing_changes(ada):
    region = page(ada.get("/providers")).select_one("[data-live]")
    assert ada.get(f"/providers?version={region['data-version']}", headers=HTMX).status_code == 204
    ada.submit("/providers/new/file", {"name": "box", "medium": "email", "sender": "a@example.com"})
    changed = ada.get(f"/providers?version={region['data-version']}", headers=HTMX)
    assert changed.status_code == 200
    assert "<html" not in changed.text
    assert "box" in changed.text


def test_the_list_costs_few_statements(ada, statements):
    for number in range(5):
        ada.submit("/providers/new/file", {"name": f"box-{number}", "medium": "email", "sender": "a@example.com"})
    with statements() as asked:
        ada.get("/providers")
    assert len(asked) <= 8, asked


# --- saving -------------------------------------------------------------------------------------------------------


def test_the_kinds_lead_to_their_forms(ada):
    assert page(ada.get("/providers/new")).select_one("a[href='/providers/new/smtp']")
    form = page(ada.get("/providers/new/smtp"))
    names = {str(field["name"]) for field in form.select("#setup [name], [form=setup][name]")}
    fields = {
        "host",
        "port",
        "security",
        "auth",
        "username",
        "password",
        "sender",
        "sender_name",
        "reply_to",
        "timeout",
    }
    assert fields <= names
    assert form.select_one("[name=to]")["value"] == "ada@example.com"
    assert ada.get("/providers/new/pigeon").status_code == 404


@pytest.mark.parametrize(("act", "active"), [(None, False), ("activate", True)])
def test_one_is_saved(ada, there, act, active):
    answer = ada.submit("/providers/new/smtp", smtp() | ({"act": act} if act else {}))
    assert (answer.status_code, answer.location) == (303, "/providers")
    assert (there()["main"].active, there()["main"].secrets) == (active, ("password",))


@pytest.mark.parametrize(
    ("field", "value"), [("name", "a b"), ("host", ""), ("port", "x"), ("auth", "oauth"), ("security", "none")]
)
def test_a_refusal_keeps_what_was_typed_but_no_secret(ada, there, field, value):
    answer = ada.submit("/providers/new/smtp", smtp(host="mail.example.com", security="starttls") | {field: value})
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.title.text.startswith("Error:")
    assert shown.select_one(f"#error-summary a[href='#{field}']")
    assert shown.select_one("[name=sender]")["value"] == "belfry@example.com"
    assert PASSWORD not in answer.text
    assert there() == {}


def test_every_bad_field_is_named_at_once(ada):
    shown = page(ada.submit("/providers/new/smtp", smtp(name="", host="", port="x", password="")))
    wrong = {str(link["href"]) for link in shown.select("#error-summary a")}
    assert wrong == {"#name", "#host", "#port", "#password"}


def test_saving_twice_without_the_password_keeps_it(ada, there, server):
    listening = server()
    ada.submit("/providers/new/smtp", smtp(listening.port))
    for version in ("1", "2"):
        form = page(ada.get("/providers/main"))
        assert form.select_one("[name=password]").get("value", "") == ""
        assert "stays unchanged unless you type" in form.select_one("#password-help").text
        typed = smtp(listening.port, version=version, password="", sender_name=f"Belfry {version}")
        assert ada.submit("/providers/main", typed).location == "/providers"
    assert there()["main"].version == 3
    assert "Handed over" in ada.submit("/providers/main/test", {"to": "ada@example.com"}).text
    assert listening.mails


def test_another_host_asks_for_the_password_again(ada, there):
    ada.submit("/providers/new/smtp", smtp())
    answer = ada.submit("/providers/main", smtp(host="localhost", version="1", password=""))
    assert answer.status_code == 422
    assert "enter this again" in page(answer).select_one("#password-error").text
    assert there()["main"].settings["host"] == "127.0.0.1"


def test_whoever_comes_second_sees_both(ada, browser_of, there):
    ada.submit("/providers/new/smtp", smtp())
    browser_of("adam", role="admin").submit("/providers/main", smtp(2525, version="1", password=""))
    answer = ada.submit("/providers/main", smtp(26, version="1", password=""))
    assert answer.status_code == 409
    assert "adam changed this" in answer.text
    assert "2525" in page(answer).select_one("dl.facts").text
    assert page(answer).select_one("[name=port]")["value"] == "26"
    newest = page(answer).select_one("[name=version]")["value"]
    ada.submit("/providers/main", smtp(26, version=newest, password=""))
    assert there()["main"].settings["port"] == 26


# --- the test -----------------------------------------------------------------------------------------------------


def test_what_is_typed_is_tried_before_it_is_saved(ada, there, server):
    listening = server(RCPT="550 5.1.1 nobody")
    answer = ada.submit("/providers/new/smtp", smtp(listening.port, act="test"))
    told = page(answer).select_one("#trial")
    assert answer.status_code == 200
    assert "Address refused" in told.text
    assert told.select_one(".well").text == "550 5.1.1 nobody"
    assert "550" not in told.select_one(".note").text
    assert page(answer).select_one("[name=host]")["value"] == "127.0.0.1"
    assert there() == {}
    assert PASSWORD not in answer.text


def test_with_scripts_only_the_outcome_is_answered(ada, server):
    answer = ada.submit("/providers/new/smtp", smtp(server().port, act="test"), headers=HTMX)
    assert page(answer).find(True)["id"] == "trial"
    refused = ada.submit("/providers/new/smtp", smtp(host="", act="test"), headers=HTMX)
    assert refused.status_code == 422
    assert "Server: Please fill this in." in refused.text


def test_the_saved_password_is_tried_with_what_is_typed(ada, server):
    listening = server()
    ada.submit("/providers/new/smtp", smtp(listening.port))
    answer = ada.submit("/providers/main", smtp(listening.port, password="", act="test", version="1"))
    assert "Handed over" in answer.text
    assert any(command.startswith("AUTH PLAIN") for command in listening.commands)


def test_what_its_kind_tells_stands_beside_its_form(ada, server):
    ada.submit("/providers/new/file", {"name": "box", "medium": "email", "sender": "a@example.com"})
    ada.submit("/providers/new/smtp", smtp(server().port))
    for path in ("/providers/new/file", "/providers/box", "/providers/box/test"):
        assert "greylist@example.com" in page(ada.get(path)).select_one(".guide").text
    for path in ("/providers/new/smtp", "/providers/main", "/providers/main/test"):
        assert page(ada.get(path)).select_one(".guide") is None


def test_a_saved_one_is_tried_out_on_its_page(ada, server):
    ada.submit("/providers/new/smtp", smtp(server().port))
    asked = page(ada.get("/providers/main/test"))
    assert asked.select_one("[name=to]")["value"] == "ada@example.com"
    answer = ada.submit("/providers/main/test", {"to": "ada@example.com"})
    steps = [row.th.get_text(strip=True) for row in page(answer).select(".phases tbody tr")]
    assert steps[:2] == ["look-up", "connect"]
    assert ada.submit("/providers/main/test", {"to": ""}).status_code == 422
    assert ada.get("/providers/no/test").status_code == 404


# --- active, inactive, gone ---------------------------------------------------------------------------------------


def test_activating_replaces_the_former_one(ada, there):
    ada.submit("/providers/new/smtp", smtp(act="activate"))
    ada.submit("/providers/new/smtp", smtp(name="backup"))
    answer = ada.submit("/providers/backup/activation", {}, page="/providers")
    assert answer.location == "/providers"
    assert {name for name, view in there().items() if view.active} == {"backup"}
    said = page(ada.get("/providers")).select_one("#flashes").text
    assert "backup is active" in said
    assert "main is inactive now" in said
    assert ada.submit("/providers/backup/activation", {}, page="/providers").status_code == 409


def test_deactivating_is_asked_about_first(ada, there):
    ada.submit("/providers/new/smtp", smtp(act="activate"))
    assert "Deactivate main?" in ada.get("/providers/main/deactivation").text
    assert there()["main"].active
    assert ada.submit("/providers/main/deactivation", {}).location == "/providers"
    assert not there()["main"].active
    assert ada.get("/providers/main/deactivation").location == "/providers"
    assert ada.submit("/providers/main/deactivation", {}, page="/providers").status_code == 409


def test_removing_is_asked_about_first(ada, there):
    ada.submit("/providers/new/smtp", smtp())
    assert "Remove main?" in ada.get("/providers/main/removal").text
    assert there()
    assert ada.submit("/providers/main/removal", {}).location == "/providers"
    assert there() == {}
    assert ada.get("/providers/main").status_code == 404
    assert ada.get("/providers/main/removal").status_code == 404


def test_no_get_changes_anything(ada, there):
    ada.submit("/providers/new/smtp", smtp(act="activate"))
    before = there()
    for path in ("", "/test", "/deactivation", "/removal"):
        assert ada.get(f"/providers/main{path}").status_code == 200
    assert ada.get("/providers/main/activation").status_code == 405
    assert there() == before
