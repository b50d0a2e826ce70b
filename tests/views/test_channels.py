"""/channels: list, add, edit, and who was faster."""

import pytest
from bs4 import BeautifulSoup

from tests.support.layouts import two_layouts
from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason
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
    answer = ada.submit("/channels/new", FILLED | {"media": ["sms", "email"], "when": "once", "description": "All."})
    assert (answer.status_code, answer.location) == (303, "/channels")
    assert there().media == ("sms", "email")
    listed = page(ada.get("/channels")).select_one("table").get_text(" ", strip=True)
    for words in (
        "Releases",
        "news.releases",
        "All.",
        "SMS",
        "No active provider",
        "E-mail",
        "At once",
        "At least once",
    ):
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
        ("who", "some"),
        ("when", "batched"),
        ("every_s", "soon"),
        ("ttl_s", "2 moons"),
        ("keep_months", "0"),
        ("keep_months", "some"),
        ("policy", "never"),
        ("formatter", "fancy"),
        ("posters", "nobody-here"),
        ("filter_keys", "a.b"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_names_the_field(ada, field, value):
    along = {"posters": {"who": "some"}}.get(field, {})
    answer = ada.submit("/channels/new", FILLED | {field: value} | along)
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.title.text.startswith("Error:")
    at = {"who": "posters", "when": "every_s"}.get(field, field)
    assert shown.select_one(f"#error-summary a[href='#{at}']")
    assert shown.select_one(f"#{at}")
    assert shown.select_one(f"#{at}-error")
    if field in {"every_s", "ttl_s", "keep_months", "posters", "filter_keys"}:
        assert shown.select_one(f"[name={field}]")["value"] == value
    assert shown.select_one("[name=title]")["value"] == (value if field == "title" else "Releases")
    assert "No channel yet" in ada.get("/channels").text


def test_all_that_is_wrong_is_told_at_once(ada):
    """By the form, which reads the numbers, and by the service, which knows what is there."""
    ada.submit("/channels/new", FILLED)
    wrong = {"name": "news.releases", "ttl_s": "soon", "keep_months": "-5", "filter_keys": "ö", "title": ""}
    shown = page(ada.submit("/channels/new", FILLED | wrong))
    assert {str(link["href"]) for link in shown.select("#error-summary a")} == {f"#{name}" for name in wrong}


WHOLE = FILLED | {
    "description": "All.", "who": "some", "roles": ["operator"], "posters": "ada", "media": ["sms", "email"],
    "when": "batched", "every_s": "15 min", "filter_keys": "source, level", "formatter": "plain", "policy": "kazoo",
    "ttl_s": "7 d", "keep_months": "6", "guarantee": "most", "required": "y",
}  # fmt: skip


def filled_in(form) -> dict:
    """What a browser would send of the form as it stands."""
    ticked = [box for box in form.select("input[checked]") if box.get("value")]
    typed = [it for it in form.select("input:not([type=checkbox]):not([type=radio])") if it.get("name") in WHOLE]
    chosen = [(it["name"], it.select_one("option[selected]")) for it in form.select("select")]
    told = {it["name"]: it.get("value", "") for it in typed} | {name: it["value"] for name, it in chosen}
    for box in ticked:
        several = box["name"] in {"roles", "media"}
        told[box["name"]] = [*told.get(box["name"], []), box["value"]] if several else box["value"]
    return told


def test_every_option_is_saved_shown_again_and_saved_the_same(ada, there):
    assert ada.submit("/channels/new", WHOLE).status_code == 303
    made = there()
    assert made.told() == {
        "title": "Releases", "description": "All.", "media": ("sms", "email"), "immediate": False, "every_s": 900,
        "formatter": "plain", "policy": "kazoo", "ttl_s": 604800.0, "keep_months": 6, "required": True,
        "at_most_once": True, "posters": ("role:operator", "ada"), "filter_keys": ("source", "level"),
    }  # fmt: skip
    shown = filled_in(page(ada.get("/channels/news.releases")).select_one("main form.form"))
    assert shown == {name: value for name, value in WHOLE.items() if name != "name"}
    ada.submit("/channels/news.releases", shown | {"version": "1"})
    assert there().told() == made.told()
    listed = page(ada.get("/channels")).select_one("tbody tr").get_text(" ", strip=True)
    for words in ("operators, ada", "Every 15 min", "kazoo", "At most once", "Required"):
        assert words in listed


def test_nobody_but_belfry(ada, there):
    ada.submit("/channels/new", FILLED | {"who": "nobody", "posters": "ada"})
    assert there().posters == ()
    assert page(ada.get("/channels/news.releases")).select_one("#who-may-post [value=nobody]").has_attr("checked")
    assert "Only Belfry itself" in ada.get("/channels").text


def test_the_two_guarantees_say_what_they_mean(ada):
    told = page(ada.get("/channels/new")).select_one("#guarantee").get_text(" ", strip=True)
    assert "Tried again if in doubt; a copy may come twice, with the same id." in told
    assert "Never repeated if in doubt; a person decides." in told


def test_people_are_found_and_added_without_scripts(ada, browser_of, there):
    browser_of("edith", role="editor")
    found = ada.submit("/channels/new", FILLED | {"step": "find", "find": "edi"})
    assert found.status_code == 200
    assert page(found).select_one("noscript button[name=add]")["value"] == "edith"
    added = page(ada.submit("/channels/new", FILLED | {"add": "edith", "posters": "ada"}))
    assert added.select_one("[name=posters]")["value"] == "ada, edith"
    assert added.select_one("#who-may-post [value=some]").has_attr("checked")
    assert "No channel yet" in ada.get("/channels").text


def test_an_unsettled_formatter_is_a_warning_with_what_to_do(ada):
    with two_layouts("news.*"):
        ada.submit("/channels/new", FILLED)
        assert "Formatter not settled" in page(ada.get("/channels")).select_one("tbody").text
        warned = page(ada.get("/channels/news.releases")).select_one(".note.tone-brass").text
        assert "first, second could each lay it out. Choose one below" in warned
        ada.submit("/channels/news.releases", FILLED | {"formatter": "second", "version": "1"})
        assert "not settled" not in ada.get("/channels").text


def test_a_formatter_that_is_gone_is_kept_as_such(ada, there):
    with two_layouts("news.*"):
        ada.submit("/channels/new", FILLED | {"formatter": "second"})
    shown = page(ada.get("/channels/news.releases")).select_one("#formatter option[selected]")
    assert (shown["value"], shown.text) == ("second", "second (not installed)")
    answer = ada.submit("/channels/news.releases", FILLED | {"formatter": "second", "version": "1"})
    assert "There is no formatter named “second”" in page(answer).select_one("#formatter-error").text


def test_what_failed_lately_is_counted_and_can_be_shown_alone(ada, world):
    world.channel("team.calm")
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")
    assert "Nothing failed" in ada.get("/channels?show=failing").text
    world.post()
    world.dispatch()
    listed = page(ada.get("/channels?show=failing"))
    [row] = listed.select("tbody tr")
    assert "team.news" in row.text
    assert row.select_one("a[href='/failed?channel=team.news']").contents[0] == "1"
    assert len(page(ada.get("/channels")).select("tbody tr")) == 2
    one = page(ada.get("/channels/team.news"))
    assert one.select_one("dl.facts").get_text(" ", strip=True) == "E-mail now email-main"
    assert len(one.select("#missed li")) == 1


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
    for path in ("/channels", "/channels/a.b1"):
        with statements() as asked:
            ada.get(path)
        assert len(asked) <= 8, asked
