"""The inbox's buttons: what they mark, where they lead, and what they refuse."""

import pytest
from sqlalchemy import update

from webapp.models.message import UserNotification


@pytest.fixture
def emil(bare_world, browser_of):
    bare_world.channel()
    browser_of("edith")
    return browser_of("emil")


@pytest.fixture
def post(bare_world):
    def send(subject="Lunch", **message):
        bare_world.clock.advance(1)
        bare_world.post("emil", subject=subject, **message)

    return send


def id_of(page, number=0):
    return page.select("li.row-item")[number]["id"].removeprefix("n-")


def mark(browser, page, **data):
    until = page.select_one("input[name=until]")["value"]
    return browser.submit("/inbox/readings", {"until": until, **data}, page="/inbox")


def test_all_that_the_filter_shows(emil, post, bare_world, soup):
    bare_world.channel("team.rota")
    post("News")
    post("Rota", channel="team.rota")
    page = soup(emil.get("/inbox?channel=team.rota"))
    answer = mark(emil, page, mark="all", channel="team.rota")
    assert answer.location == "/inbox?channel=team.rota"
    page = soup(emil.get("/inbox"))
    assert page.select_one(".flash p").get_text() == "1 marked read."
    assert [row.select_one(".row-link").get_text(strip=True) for row in page.select(".unread")] == ["Unread:News"]


def test_what_came_after_the_page_was_drawn_is_left(emil, post, soup):
    post("Seen")
    page = soup(emil.get("/inbox"))
    post("Just in")
    mark(emil, page, mark="all")
    assert len(soup(emil.get("/inbox")).select(".unread")) == 1


def test_what_was_under_way_when_the_page_was_drawn_is_not_marked_unseen(emil, post, bare_world, soup):
    """Its post began before, and was committed after."""
    post("Seen")
    before = bare_world.clock.now()
    bare_world.clock.advance(1)
    page = soup(emil.get("/inbox"))
    post("Under way")
    bare_world.execute(update(UserNotification).values(visible_at=before))
    fields = {it["name"]: it["value"] for it in page.select("#mark-all input")}
    emil.post("/inbox/readings", data=fields | {"mark": "all"})
    page = soup(emil.get("/inbox"))
    assert len(page.select(".unread")) == 2
    assert "Something new has come" in page.select_one(".flash p").get_text()
    assert page.select_one("#mark-all input[name=most]")["value"] == "2"
    mark(emil, page, mark="all", most="2")
    assert not soup(emil.get("/inbox")).select(".unread")


@pytest.mark.parametrize("until", ["", "yesterday", "2026-03-02T09:00:00"])
def test_without_a_time_it_is_now(emil, post, soup, until):
    post()
    emil.submit("/inbox/readings", {"mark": "all", "until": until}, page="/inbox")
    assert not soup(emil.get("/inbox")).select(".unread")


@pytest.fixture
def second_page(emil, post, soup):
    """With so many rows: its address, the page, and where it stands, as its form says."""

    def look(rows, first):
        for number in range(25 + rows):
            post(f"No. {number}")
        address = soup(emil.get(first)).select_one("a[rel=next]")["href"]
        page = soup(emil.get(address))
        return address, page, {it["name"]: it["value"] for it in page.select("#marks > input[type=hidden]")}

    return look


def test_whoever_is_further_on_stays_there(emil, soup, second_page):
    further_on, page, place = second_page(2, "/inbox")
    assert emil.post("/inbox/readings", data=place | {"mark": "read", "ids": id_of(page)}).location == further_on
    opened = {"HX-Request": "true", "HX-Target": "pane"}
    answer = emil.post(f"/inbox/{id_of(page)}/reading", data=place, headers=opened)
    reopened = soup(emil.get(answer.headers["HX-Push-Url"]))
    assert reopened.select_one(".row-link[aria-current]")
    assert reopened.select_one("#pane .back a")["href"] == further_on


def test_behind_the_last_page_nobody_is_told_that_all_has_been_read(emil, soup, second_page):
    _, page, place = second_page(1, "/inbox?view=unread")
    after = emil.post("/inbox/readings", data=place | {"mark": "read", "ids": id_of(page)}).location
    assert soup(emil.get(after)).select_one(".empty h2").get_text() == "There is nothing older"


def test_the_ticked_ones(emil, post, soup):
    for number in range(3):
        post(f"No. {number}")
    page = soup(emil.get("/inbox"))
    mark(emil, page, mark="read", ids=[id_of(page, 0), id_of(page, 2)])
    assert [row["id"] for row in soup(emil.get("/inbox")).select(".unread")] == [f"n-{id_of(page, 1)}"]
    mark(emil, page, mark="unread", ids=[id_of(page, 0)])
    assert len(soup(emil.get("/inbox")).select(".unread")) == 2


def test_nothing_ticked(emil, post, soup):
    post()
    answer = mark(emil, soup(emil.get("/inbox")), mark="read", view="unread")
    assert answer.location == "/inbox?view=unread"
    assert "Tick" in soup(emil.get("/inbox")).select_one(".flash p").get_text()


def test_unread_again_leads_back_to_the_list(emil, post, soup):
    post()
    id = id_of(soup(emil.get("/inbox")))
    emil.submit(f"/inbox/{id}/reading", {}, page="/inbox")
    answer = emil.submit(f"/inbox/{id}/unread", {"channel": "team.news"}, page="/inbox")
    assert answer.location == "/inbox?channel=team.news"
    assert soup(emil.get("/inbox")).select(".unread")


def test_without_the_token_nothing_is_marked(emil, post, soup, every_row):
    post()
    id = id_of(soup(emil.get("/inbox")))
    before = every_row()
    for address in (f"/inbox/{id}/reading", f"/inbox/{id}/unread", "/inbox/readings"):
        assert emil.post(address, data={"mark": "all"}).status_code == 400
    assert every_row() == before


def test_anothers_is_not_there(emil, bare_world, browser_of, soup, every_row):
    bare_world.post("edith", sender="emil")
    id = id_of(soup(browser_of("edith").get("/inbox")))
    before = every_row()
    for address in (f"/inbox/{id}/reading", f"/inbox/{id}/unread"):
        assert emil.submit(address, {}, page="/inbox").status_code == 404
    assert emil.submit("/inbox/readings", {"ids": [id], "mark": "read"}, page="/inbox").status_code == 404
    assert emil.get(f"/inbox?open={id}").status_code == 404
    assert every_row() == before
