"""/channels: list, add, edit, and who was faster."""

import pytest
from bs4 import BeautifulSoup

from webapp.services.posting import channels

FILLED = {"name": "news.releases", "title": "Releases", "media": ["email"]}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def there(app):
    def find(name="news.releases"):
        with app.app_context():
            return channels.get(name=name)

    return find


def page(answer):
    return BeautifulSoup(answer.text, "html.parser")


def order(answer) -> list[str]:
    return [str(box["value"]) for box in page(answer).select("input[name=media]")]


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    olaf = browser_of("olaf", role=role)
    for path in ("/channels", "/channels/new", "/channels/a.b"):
        assert olaf.get(path).status_code == 403
    assert olaf.submit("/channels/new", FILLED, page="/profile").status_code == 403


def test_an_empty_list_says_what_a_channel_is(ada):
    assert "A channel is what people post on" in ada.get("/channels").text


def test_one_is_added_and_listed(ada, there):
    answer = ada.submit("/channels/new", FILLED | {"media": ["sms", "email"], "immediate": "y", "description": "All."})
    assert (answer.status_code, answer.location) == (303, "/channels")
    assert there().media == ("sms", "email")
    listed = page(ada.get("/channels")).select_one("table").get_text(" ", strip=True)
    for words in ("Releases", "news.releases", "All.", "SMS", "then", "E-mail", "At once"):
        assert words in listed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "undotted"),
        ("name", ""),
        ("title", ""),
        ("title", "x" * 101),
        ("description", "a\u2028b"),
        ("media", "fax"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_names_the_field(ada, field, value):
    answer = ada.submit("/channels/new", FILLED | {field: value})
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.title.text.startswith("Error:")
    assert shown.select_one(f"#error-summary a[href='#{field}']")
    assert shown.select_one("[name=title]")["value"] == (value if field == "title" else "Releases")
    assert "No channel yet" in ada.get("/channels").text


def test_without_a_token_nothing_is_saved(ada):
    assert ada.post("/channels/new", data=FILLED).status_code == 400
    assert "No channel yet" in ada.get("/channels").text


def test_moving_a_medium_saves_nothing_and_shows_the_form_again(ada):
    moved = ada.submit("/channels/new", FILLED | {"media": ["email", "sms"], "move": "sms up"})
    assert moved.status_code == 200
    assert order(moved) == ["sms", "email"]
    assert page(moved).select_one("[name=title]")["value"] == "Releases"
    assert "No channel yet" in ada.get("/channels").text
    piece = ada.submit(
        "/channels/new", FILLED | {"media": ["email", "sms"], "move": "sms up"}, headers={"HX-Request": "true"}
    )
    assert order(piece) == ["sms", "email"]
    assert "<html" not in piece.text


def test_enter_saves_and_does_not_move_a_medium(ada):
    first = page(ada.get("/channels/new")).select_one("form[action='/channels/new'] button")
    assert first.get("name") is None


def test_one_is_changed(ada, there):
    ada.submit("/channels/new", FILLED)
    form = page(ada.get("/channels/news.releases"))
    assert form.select_one("[name=version]")["value"] == "1"
    assert form.select_one("[name=name]") is None
    answer = ada.submit("/channels/news.releases", {"version": "1", "title": "Weekly", "media": ["sms"]})
    assert answer.location == "/channels"
    assert (there().title, there().media, there().version) == ("Weekly", ("sms",), 2)


@pytest.mark.parametrize("version", ["1", "", "x", "9" * 20])
def test_whoever_comes_second_sees_both_and_may_decide(ada, browser_of, there, version):
    ada.submit("/channels/new", FILLED)
    browser_of("adam", role="admin").submit("/channels/news.releases", {"version": "1", "title": "Theirs"})
    answer = ada.submit("/channels/news.releases", {"version": version, "title": "Mine"})
    assert answer.status_code == 409
    assert "adam changed this" in answer.text
    assert "Theirs" in page(answer).select_one("dl.facts").text
    assert page(answer).select_one("[name=title]")["value"] == "Mine"
    newest = page(answer).select_one("[name=version]")["value"]
    assert there().title == "Theirs"
    ada.submit("/channels/news.releases", {"version": newest, "title": "Mine"})
    assert there().title == "Mine"


def test_what_is_not_there_is_404(ada):
    assert ada.get("/channels/no.such").status_code == 404
    assert ada.submit("/channels/no.such", FILLED, page="/channels/new").status_code == 404


def test_the_list_costs_few_statements(ada, statements):
    for number in range(5):
        ada.submit("/channels/new", FILLED | {"name": f"a.b{number}"})
    with statements() as asked:
        ada.get("/channels")
    assert len(asked) <= 8, asked
