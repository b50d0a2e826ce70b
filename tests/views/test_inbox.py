"""The inbox as a page: what it shows, how it is kept fresh, and what its buttons mark."""

import re

import pytest

from webapp.domain.message import NotificationMessage
from webapp.services.posting import notifier

LONG = "A subject of two hundred characters, " + "x" * 163
HTMX = {"HX-Request": "true"}


@pytest.fixture
def emil(bare_world, browser_of):
    bare_world.channel()
    bare_world.provider()
    browser_of("edith")
    return browser_of("emil")


@pytest.fixture
def post(bare_world):
    def send(subject="Lunch", *, to="emil", **message):
        bare_world.clock.advance(1)
        bare_world.post(to, subject=subject, **message)

    return send


def subjects(page):
    return [row.get_text(strip=True).removeprefix("Unread:") for row in page.select(".row-link")]


def id_of(page, number=0):
    return page.select("li.row-item")[number]["id"].removeprefix("n-")


def mark(browser, page, **data):
    until = page.select_one("input[name=until]")["value"]
    return browser.submit("/inbox/readings", {"until": until, **data}, page="/inbox")


def test_the_first_page_is_the_inbox(emil):
    answer = emil.get("/")
    assert (answer.status_code, answer.location) == (303, "/inbox")


def test_it_is_for_those_who_are_signed_in(client):
    assert client.get("/inbox").location.startswith("/login")
    assert client.get("/inbox", headers=HTMX).headers["HX-Redirect"].startswith("/login")


def test_newest_first_under_their_days(emil, post, clock, soup):
    post("Old")
    clock.advance(86400)
    post("New")
    page = soup(emil.get("/inbox"))
    assert [day.get_text() for day in page.select("h2.day")] == ["Today", "Yesterday"]
    assert subjects(page) == ["New", "Old"]
    assert page.title.get_text() == "(2) Inbox · Belfry"
    assert page.select_one(".menu [aria-current=page] .count").get_text() == "2"


def test_a_day_begins_where_the_reader_lives(bare_world, browser_of, clock, soup):
    bare_world.channel()
    browser_of("edith")
    mei = browser_of("mei", tz="Asia/Tokyo")
    clock.advance(5 * 3600)  # 14:00 in UTC, 23:00 in Tokyo
    bare_world.post("mei", subject="Before midnight")
    clock.advance(2 * 3600)
    bare_world.post("mei", subject="After midnight")
    page = soup(mei.get("/inbox"))
    assert [day.get_text() for day in page.select("h2.day")] == ["Today", "Yesterday"]
    assert [time.get_text() for time in page.select(".row-side time")] == ["01:00", "23:00"]


def test_pages_by_cursor(emil, post, soup):
    for number in range(30):
        post(f"No. {number}")
    first = soup(emil.get("/inbox"))
    second = soup(emil.get(first.select_one("a[rel=next]")["href"]))
    assert len(subjects(first)) == 25
    assert subjects(second) == [f"No. {number}" for number in reversed(range(5))]
    assert second.select_one("a[rel=first]")["href"] == "/inbox"
    assert emil.get("/inbox?after=nonsense").status_code == 404


def test_filters_are_addresses(emil, post, bare_world, soup):
    bare_world.channel("team.rota")
    post("News")
    post("Rota", channel="team.rota")
    page = soup(emil.get("/inbox?channel=team.rota"))
    assert subjects(page) == ["Rota"]
    assert page.select_one("#mark-all").get_text(strip=True) == "Mark 1 read"
    links = {link.get_text(strip=True): link["href"] for link in page.select(".views a")}
    assert links["Unread2"] == "/inbox?channel=team.rota&view=unread"
    assert links["team.news"] == "/inbox?channel=team.news"
    assert links["All channels"] == "/inbox"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/inbox", "Nothing has come yet"),
        ("/inbox?view=unread", "Nothing has come yet"),
        ("/inbox?channel=team.news", "Nothing has come yet"),
    ],
)
def test_when_nothing_has_ever_come(emil, soup, address, words):
    assert soup(emil.get(address)).select_one(".empty h2").get_text() == words


def test_when_nothing_is_left_or_nothing_matches(emil, post, soup):
    post()
    page = soup(emil.get("/inbox"))
    mark(emil, page, mark="all")
    assert "all caught up" in soup(emil.get("/inbox?view=unread")).select_one(".empty h2").get_text()
    empty = soup(emil.get("/inbox?channel=team.nothing")).select_one(".empty")
    assert "team.nothing" in empty.get_text()
    assert empty.select_one("a")["href"] == "/inbox"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/inbox?channel=%00", 400),
        ("/inbox?category=a%00", 400),
        ("/inbox?open=%00", 400),
        ("/notifications/%00", 400),
        ("/inbox?open=x", 404),
        ("/notifications/x", 404),
        ("/inbox?view=x&channel=%0a&category=%25", 200),
    ],
)
def test_strange_addresses(emil, address, status):
    assert emil.get(address).status_code == status


# --- opening ------------------------------------------------------------------------------------------------------


def test_a_title_is_the_button_that_opens_and_marks_read(emil, post, soup):
    post()
    button = soup(emil.get("/inbox")).select_one(".row-link")
    answer = emil.submit(button["formaction"], {}, page="/inbox")
    assert (answer.status_code, answer.location) == (
        303,
        button["formaction"].replace("/inbox/", "/notifications/").removesuffix("/reading"),
    )
    page = soup(emil.get("/inbox"))
    assert not page.select(".unread")
    assert page.title.get_text() == "Inbox · Belfry"


def test_in_the_pane_it_answers_what_there_is_to_read(emil, post, soup):
    post(body="At **noon**.")
    page = soup(emil.get("/inbox?view=unread"))
    address = page.select_one(".row-link")["hx-post"]
    words = {"csrf_token": page.select_one("input[name=csrf_token]")["value"], "view": "unread"}
    answer = emil.post(address, data=words, headers=HTMX | {"HX-Target": "pane"})
    piece = soup(answer)
    assert piece.select_one("article.reading .prose strong").get_text() == "noon"
    assert piece.html is None
    assert answer.headers["HX-Push-Url"] == f"/inbox?view=unread&open={id_of(page)}"
    assert answer.headers["HX-Trigger-After-Swap"] == "refresh"
    assert piece.select_one("[hx-swap-oob]").get_text() == ""
    assert piece.select_one("form input[name=view]")["value"] == "unread"


def test_an_address_with_the_pane_open_shows_both(emil, post, soup):
    post()
    id = id_of(soup(emil.get("/inbox")))
    page = soup(emil.get(f"/inbox?open={id}"))
    assert page.select_one("#pane .reading-title").get_text() == "Lunch"
    assert page.select_one(".row-link[aria-current=true]")["id"] == f"open-{id}"
    assert page.select_one("#pane form")["hx-trigger"] == "load"
    assert page.select(".unread")


# --- fresh --------------------------------------------------------------------------------------------------------


def version_of(page):
    return page.select_one("#inbox-list")["data-version"]


def test_a_poll_is_answered_with_nothing_until_something_comes(emil, post, soup):
    post("First")
    page = soup(emil.get("/inbox"))
    address = f"/inbox?version={version_of(page)}"
    answer = emil.get(address, headers=HTMX)
    assert (answer.status_code, answer.data) == (204, b"")
    post("Second")
    answer = emil.get(address, headers=HTMX)
    piece = soup(answer)
    assert answer.status_code == 200
    assert subjects(piece) == ["Second", "First"]
    assert version_of(piece) != version_of(page)
    assert piece.title.get_text() == "(2) Inbox · Belfry"
    assert piece.select_one("#mark-all")["hx-swap-oob"] == "true"
    assert piece.select_one("#inbox-views")["hx-swap-oob"] == "true"
    assert re.search(r"<html|<nav class=\"sidebar", answer.text) is None


def test_a_poll_goes_on_when_what_is_open_beside_it_has_gone(emil, post, soup):
    post()
    answer = emil.get("/inbox?open=01JD8Z7K4M0000000000000000&version=x", headers=HTMX)
    assert subjects(soup(answer)) == ["Lunch"]


def test_at_midnight_today_is_another_day(emil, post, clock, soup):
    post()
    address = f"/inbox?version={version_of(soup(emil.get('/inbox')))}"
    assert emil.get(address, headers=HTMX).status_code == 204
    clock.advance(86400)
    assert "Yesterday" in emil.get(address, headers=HTMX).text


def test_a_poll_with_a_filter_asks_for_what_it_shows(emil, post, soup):
    post()
    region = soup(emil.get("/inbox?view=unread&channel=team.news")).select_one("#inbox-list")
    assert region["hx-get"] == "/inbox?view=unread&channel=team.news"
    assert emil.get(f"{region['hx-get']}&version={region['data-version']}", headers=HTMX).status_code == 204


def test_a_page_and_its_piece_are_told_apart_by_caches(emil):
    assert "HX-Request" in emil.get("/inbox").headers["Vary"]


# --- what holds for every page ------------------------------------------------------------------------------------


def test_looking_writes_nothing(emil, post, soup, every_row):
    for number in range(30):
        post(f"No. {number}")
    page = soup(emil.get("/inbox"))
    before = every_row()
    older = page.select_one("a[rel=next]")["href"]
    for address in (
        "/",
        "/inbox",
        older,
        "/inbox?view=unread",
        f"/inbox?open={id_of(page)}",
        f"/notifications/{id_of(page)}",
    ):
        emil.get(address)
        emil.get(address, headers=HTMX)
    assert every_row() == before


def test_fifty_rows_cost_eight_statements_at_most(emil, post, soup, statements):
    for number in range(50):
        post(LONG if number % 2 else f"No. {number}")
    id = id_of(soup(emil.get("/inbox")), 3)
    for address in (
        "/inbox",
        "/inbox?view=unread&channel=team.news",
        f"/inbox?open={id}",
        f"/inbox?view=unread&open={id}",
    ):
        with statements() as asked:
            emil.get(address)
        assert len(asked) <= 6, f"{address}: {len(asked)}"


def test_an_unchanged_poll_costs_two_statements(emil, post, soup, statements):
    post()
    address = f"/inbox?version={version_of(soup(emil.get('/inbox')))}"
    with statements() as asked:
        assert emil.get(address, headers=HTMX).status_code == 204
    assert len(asked) == 2  # who asks, what is there


@pytest.mark.parametrize("until", ["", "soon", "0001-01-01T00:00:00+14:00", "2026-01-01"])
def test_a_strange_form_fails_at_nothing(emil, post, soup, until):
    post()
    page = soup(emil.get("/inbox"))
    answer = mark(emil, page, mark="all", until=until, channel="team.news\0", category="\0")
    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert len(page.select("#opened")) == 1


def test_what_people_write_is_text(emil, post, soup):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    post(subject=evil, body=evil)
    answer = emil.get("/inbox")
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert subjects(soup(answer)) == [evil]


def test_more_than_99_unread_are_99_plus(emil, bare_world, app, clock, soup):
    for number in range(100):
        message = NotificationMessage(channel="team.news", recipients=("emil",), subject=f"No. {number}", body="…")
        notifier.post(message=message, sender="edith", now=clock.now())
    page = soup(emil.get("/inbox"))
    assert page.title.get_text() == "(99+) Inbox · Belfry"
    assert page.select_one("#mark-all").get_text(strip=True) == "Mark 100 read"
