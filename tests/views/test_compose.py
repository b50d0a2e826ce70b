"""Compose as a page: nothing typed is lost, nothing is posted twice, and what is refused posts nothing."""

import re

import pytest
from sqlalchemy import select

from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification

HTMX = {"HX-Request": "true"}


@pytest.fixture
def edith(bare_world, browser_of):
    bare_world.channel()
    bare_world.person("jutta", display_name="Jutta Sommer")
    browser_of("emil", display_name="Emil Moreau")
    return browser_of("edith", tz="Europe/Vienna")


@pytest.fixture
def fill(edith, soup):
    """The form as a browser would send it, untouched but for what is given."""

    def words(**given):
        page = soup(edith.get("/compose"))
        form = page.select_one("#compose")
        kept = {it["name"]: it.get("value", "") for it in form.select("input[type=hidden]")}
        usual = {"channel": "team.news", "recipients": "emil", "subject": "Lunch", "body": "At *noon*.", "when": "now"}
        return kept | usual | {"unit": "minutes"} | given

    return words


@pytest.fixture
def posted(app):
    def look():
        with app.app_context():
            return [db.session.scalars(select(table)).all() for table in (Message, UserNotification, Delivery)]

    return look


def nothing_was_posted(posted):
    return posted() == [[], [], []]


def test_a_post_leads_to_what_becomes_of_it(edith, fill, posted, soup):
    answer = edith.post("/compose", data=fill(recipients="emil, jutta"))
    [message], copies, deliveries = posted()
    assert (answer.status_code, answer.location) == (303, f"/sent/{message.id}")
    assert (len(copies), len(deliveries)) == (2, 2)
    page = soup(edith.get(answer.location))
    assert page.select_one(".flash p").get_text() == "Posted to 2 people."


def test_a_post_is_counted_only_where_that_is_shown(edith, fill, posted, monkeypatch):
    counted = []
    monkeypatch.setattr("webapp.services.posting.counting.count", lambda **asked: counted.append(asked))
    assert edith.post("/compose", data=fill()).status_code == 303
    assert (len(posted()[0]), counted) == (1, [])
    assert edith.post("/compose", data=fill(subject="")).status_code == 422
    assert len(counted) == 1


def test_pressing_twice_posts_once(edith, fill, posted):
    words = fill()
    first, second = edith.post("/compose", data=words), edith.post("/compose", data=words)
    assert first.location == second.location
    assert len(posted()[0]) == 1


def test_pressing_twice_after_a_delay_posts_once(edith, fill, posted, clock):
    words = fill(when="delay", delay="10")
    first = edith.post("/compose", data=words)
    clock.advance(2)
    assert edith.post("/compose", data=words).location == first.location
    [message] = posted()[0]
    assert (message.visible_at - message.created_at).total_seconds() == 600


def test_going_back_and_changing_it_asks_first(edith, fill, posted, soup):
    words = fill()
    edith.post("/compose", data=words)
    answer = edith.post("/compose", data=words | {"subject": "Dinner"})
    page = soup(answer)
    assert answer.status_code == 422
    assert "already" in page.select_one("#error-summary").get_text()
    assert page.select_one("#subject")["value"] == "Dinner"
    again = words | {"subject": "Dinner", "key": page.select_one("#key")["value"]}
    assert edith.post("/compose", data=again).status_code == 303
    assert len(posted()[0]) == 2


BAD = [
    ("channel", {"channel": "team.nothing"}),
    ("channel", {"channel": ""}),
    ("recipients", {"recipients": ""}),
    ("recipients", {"recipients": "emil, nobody"}),
    ("recipients", {"recipients": "emil\x00"}),
    ("subject", {"subject": ""}),
    ("subject", {"subject": "x" * 201}),
    ("subject", {"subject": "a\r\nBcc: b"}),
    ("subject", {"subject": "a\x00b"}),
    ("subject", {"subject": "a\u2028b"}),
    ("subject", {"subject": "a\u202eb"}),
    ("body", {"body": " "}),
    ("body", {"body": "x" * 65_537}),
    ("body", {"body": "a\x00b"}),
    ("link", {"link": "javascript:alert(1)"}),
    ("link", {"link": "https://"}),
    ("at", {"when": "at", "at": ""}),
    ("at", {"when": "at", "at": "0001-01-01T00:00"}),
    ("at", {"when": "at", "at": "9999-12-31T23:59"}),
    ("delay", {"when": "delay", "delay": "0"}),
]


@pytest.mark.parametrize(("field", "wrong"), BAD, ids=lambda it: repr(it)[:40])
def test_what_is_refused_posts_nothing_and_names_its_field(edith, fill, posted, soup, field, wrong):
    answer = edith.post("/compose", data=fill(**wrong))
    page = soup(answer)
    assert answer.status_code == 422
    assert page.title.get_text().startswith("Error:")
    assert page.select_one(f"#error-summary a[href='#{field}']")
    assert page.select_one(f"#{field}-error")
    assert nothing_was_posted(posted)


def test_all_that_is_wrong_is_said_at_once(edith, fill, soup):
    wrong = {"recipients": "emil, nobody", "subject": "x" * 201, "body": "", "link": "no", "when": "at"}
    page = soup(edith.post("/compose", data=fill(**wrong)))
    fields = [link["href"].removeprefix("#") for link in page.select("#error-summary a")]
    assert fields == ["recipients", "subject", "body", "link", "at"]


def test_what_was_typed_is_kept(edith, fill, soup):
    typed = {
        "recipients": "emil, nobody",
        "subject": "<b>Lunch</b>",
        "body": "<i>noon</i>",
        "link": "https://a.example/",
    }
    page = soup(edith.post("/compose", data=fill(**typed, when="at", at="2026-03-05T09:00")))
    for field in ("recipients", "subject", "link"):
        assert page.select_one(f"#{field}")["value"] == typed[field]
    assert page.select_one("#body").get_text().strip() == typed["body"]
    assert page.select_one("input[name=when][checked]")["value"] == "at"
    assert page.select_one("#at")["value"] == "2026-03-05T09:00"
    assert page.select_one("[data-typeahead]")["data-names"] == '{"emil": "Emil Moreau"}'


def test_without_the_token_nothing_is_posted(edith, fill, posted):
    assert edith.post("/compose", data=fill(csrf_token="stale")).status_code == 400
    assert nothing_was_posted(posted)


def test_a_time_is_the_writers_own(edith, fill, posted, soup):
    answer = edith.post("/compose", data=fill(when="at", at="2026-03-05T09:00"))
    [message] = posted()[0]
    assert message.visible_at.isoformat() == "2026-03-05T08:00:00+00:00"
    page = soup(edith.get(answer.location))
    assert page.select_one(".flash p").get_text() == "Scheduled for 1 person, 5 Mar 2026, 09:00."
    assert "Europe/Vienna" in soup(edith.get("/compose")).select_one("#at-help").get_text()


def test_an_address_may_begin_the_letter(edith, soup):
    page = soup(edith.get("/compose?to=emil&channel=team.news"))
    assert page.select_one("#recipients")["value"] == "emil"
    assert page.select_one("button.btn-primary").get_text() == "Send to 1 person"


# --- the preview --------------------------------------------------------------------------------------------------


def test_the_preview_is_what_readers_will_see_and_posts_nothing(edith, fill, posted, soup):
    words = fill(recipients="emil, jutta", body="At **noon** <script>")
    answer = edith.post("/compose/preview", data=words, headers=HTMX)
    piece = soup(answer)
    assert piece.html is None
    assert piece.select_one(".prose strong").get_text() == "noon"
    assert not piece.select(".prose script")
    assert piece.select_one("#send-words[hx-swap-oob]").get_text() == "Send to 2 people"
    assert "by e-mail" in piece.get_text()
    assert nothing_was_posted(posted)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"recipients": ""}, "Send"),
        ({"recipients": "emil"}, "Send to 1 person"),
        ({"recipients": "emil, emil; jutta"}, "Send to 2 people"),
        ({"recipients": "emil, nobody"}, "Send to 1 person"),
        ({"when": "delay"}, "Schedule for 1 person"),
        ({"when": "at", "at": "2026-03-05T09:00"}, "Schedule for 1 person"),
        ({"when": "at", "at": "2025-03-05T09:00"}, "Send to 1 person"),
    ],
)
def test_the_button_says_what_it_will_do(edith, fill, soup, given, words):
    page = soup(edith.post("/compose/preview", data=fill(**given)))
    assert page.select_one(".btn-primary[type=submit]").get_text() == words


def test_without_scripts_people_are_found_and_added(edith, fill, soup):
    page = soup(edith.post("/compose/preview", data=fill(find="som", subject="Kept")))
    found = soup_of_noscript(page)
    button = found.select_one("button[name=add]")
    assert (button["value"], button["formaction"]) == ("jutta", "/compose/preview")
    page = soup(edith.post("/compose/preview", data=fill(add="jutta", subject="Kept")))
    assert page.select_one("#recipients")["value"] == "emil, jutta"
    assert page.select_one("#subject")["value"] == "Kept"


def soup_of_noscript(page):
    return page.select_one("#compose noscript")


# --- people -------------------------------------------------------------------------------------------------------


def test_suggestions_by_the_beginning_of_any_word(edith, soup):
    answer = edith.get("/compose/people?q=mor", headers=HTMX)
    [row] = soup(answer).select("li[role=option]")
    assert (row["data-value"], row["data-name"]) == ("emil", "Emil Moreau")
    assert re.search(r"<html|<nav", answer.text) is None


def test_nobody_found_is_said(edith):
    assert "Nobody is called “zz&lt;”" in edith.get("/compose/people?q=zz%3C", headers=HTMX).text


def test_looked_at_by_itself_it_is_a_page(edith, soup):
    page = soup(edith.get("/compose/people?q=jut"))
    assert page.select_one("h1").get_text() == "Find people"
    assert page.select_one("a[href='/compose?to=jutta']")


def test_looking_writes_nothing(edith, every_row):
    before = every_row()
    for address in ("/compose", "/compose?to=emil", "/compose/people", "/compose/people?q=em"):
        edith.get(address)
        edith.get(address, headers=HTMX)
    assert every_row() == before


def test_a_page_costs_few_statements(edith, fill, statements):
    for words, most in [(fill(recipients="emil, jutta"), 8), (fill(recipients="emil, jutta", find="em"), 9)]:
        with statements() as asked:
            edith.post("/compose/preview", data=words)
        assert len(asked) <= most, "it decides for everybody, looks who subscribes, and looks for people where asked"
    with statements() as asked:
        edith.get("/compose?to=emil")
    assert len(asked) <= 8


class TestLimited:
    """Where one may post once a minute."""

    @pytest.fixture
    def environment(self, environment):
        return environment | {"BELFRY_POSTS_PER_MINUTE": "1"}

    def test_who_has_posted_as_much_as_they_may_is_told_until_when(self, edith, fill, posted, soup):
        edith.post("/compose", data=fill())
        told = fill(subject="Dinner")
        answer = edith.post("/compose", data=told)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        assert "At most 1 messages may be posted in one minute" in soup(answer).select_one("#error-summary").text
        assert soup(answer).select_one("[name=subject]")["value"] == "Dinner"
        assert len(posted()[0]) == 1
