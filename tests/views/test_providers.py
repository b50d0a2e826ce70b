"""/providers: how they fare, the form that is drawn from Fields, the test, and what is asked before."""

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
            return {view.name: view for view in provider_setup.listed(now=runtime().now(), vault=runtime().vault)}

    return find


def smtp(port: int = 25, **more: str) -> dict[str, str]:
    account = {"name": "main", "medium": "email", "host": "127.0.0.1", "port": str(port), "security": "none"}
    signed_in = {"auth": "plain", "username": "belfry", "password": PASSWORD, "sender": "belfry@example.com"}
    return account | signed_in | {"sender_name": "", "reply_to": "", "timeout": "25", "to": "ada@example.com"} | more


def page(answer):
    return BeautifulSoup(answer.text, "html.parser")


def test_enter_saves_and_activates_nothing(ada):
    """A browser presses a form's first button; what is to be tried out belongs to the same form."""
    shown = page(ada.get("/providers/new/smtp"))
    assert shown.select_one("#setup button[value=activate]")
    assert not shown.select_one("#setup button").get("name")
    assert shown.select_one(f"#{shown.select_one('#to')['data-enter']}")["value"] == "test"


# --- the list -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    olaf = browser_of("olaf", role=role)
    for path in ("", "/new", "/new/smtp", "/main"):
        assert olaf.get(f"/providers{path}").status_code == 403
    for path in ("/new/smtp", "/main"):
        assert olaf.submit(f"/providers{path}", smtp(), page="/profile").status_code == 403


def test_without_any_it_says_what_follows_and_offers_the_kinds(ada):
    shown = page(ada.get("/providers"))
    assert "No active provider for e-mail: it waits until there is one, and can be read in the inbox." in shown.text
    ways = {str(card["href"]) for card in shown.select(".kinds a.btn")}
    assert {"/providers/new/file", "/providers/new/http", "/providers/new/smtp"} <= ways
    assert shown.select_one(".kinds .presets a[href='/providers/new/smtp?preset=postmark']")


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
    browser_of("adam", role="admin").submit("/providers/main", smtp(2525, version="1", password="", auth="login"))
    answer = ada.submit("/providers/main", smtp(26, version="1", password=""))
    assert answer.status_code == 409
    assert "adam changed this" in answer.text
    cells = [cell.get_text(strip=True) for cell in page(answer).select(".diff tbody tr:first-child > *")]
    assert cells == ["Port", "25", "2525", "26"]
    choice = page(answer).select_one(".diff tbody tr:nth-child(2)").get_text(" ", strip=True)
    assert choice == "Sign-in PLAIN LOGIN PLAIN"
    assert page(answer).title.text.startswith("Error:")
    assert page(answer).select_one("#setup .btn-primary").text == "Save mine over it"
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
    refused = page(ada.submit("/providers/new/smtp", smtp(0, act="test")))
    assert refused.select_one("#error-summary h2").text.startswith("Nothing was sent yet")
    assert refused.select_one("#trial .note a")["href"] == "#port"
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
    for path in ("/providers/new/file", "/providers/box"):
        assert "greylist@example.com" in page(ada.get(path)).select_one(".guide").text
    for path in ("/providers/new/smtp", "/providers/main"):
        assert page(ada.get(path)).select_one(".guide") is None


# --- keys, presets, trouble ---------------------------------------------------------------------------------------


def test_a_preset_fills_the_form_in_and_says_what_is_left(ada):
    shown = page(ada.get("/providers/new/smtp?preset=postmark"))
    assert shown.select_one("[name=host]")["value"] == "smtp.postmarkapp.com"
    assert shown.select_one(".presets [aria-current]").text == "Postmark"
    assert shown.select_one(".note").text.strip()
    path = shown.select_one("#setup")["action"]
    refused = page(ada.submit(path, {"name": "", "act": ""}, page=path))
    assert refused.select_one("title").text.startswith("Error:")
    assert refused.select_one(".presets [aria-current]").text == "Postmark"
    assert page(ada.get("/providers/new/smtp?preset=nonsense")).select_one("[name=host]").get("value", "") == ""


def test_a_key_is_shown_by_the_answer_that_makes_it_and_never_again(ada, signing):
    raw = {"name": "relay", "medium": "email", "host": "a.example", "auth": "none", "signed": "on"}
    assert page(ada.get("/providers/new/signing")).select_one("[name=signing_key]") is None
    answer = ada.submit("/providers/new/signing", raw)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    key = page(answer).select_one(".well").text
    assert key.startswith("key-of-the-house")
    assert key not in str(answer.headers)
    for path in ("", "/relay", "/relay/keys", "/relay/history", "/relay/test"):
        assert key not in ada.get(f"/providers{path}").text
    again = ada.submit("/providers/new/signing", raw)
    assert (again.status_code, "house" in again.text) == (422, False)
    assert ada.submit("/providers/relay", {**raw, "headers": "X: 1", "version": "1"}).status_code == 303


def test_save_and_activate_asks_where_another_one_is_primary(ada, there):
    ada.submit("/providers/new/smtp", smtp(act="activate"))
    answer = ada.submit("/providers/new/smtp", smtp(name="backup", act="activate"))
    assert answer.location == "/providers/backup/activation"
    assert {name: view.role for name, view in there().items()} == {"main": "primary", "backup": "inactive"}


def test_no_get_changes_anything(ada, there):
    ada.submit("/providers/new/smtp", smtp(act="activate"))
    before = there()
    for path in ("", "/test", "/deactivation", "/removal", "/history", "/keys"):
        assert ada.get(f"/providers/main{path}").status_code == 200
    assert ada.get("/providers/main/activation").location == "/providers"
    assert ada.get("/providers/main/place").status_code == 405
    assert there() == before
