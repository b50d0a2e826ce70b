"""What is muted, and from where."""

import pytest
from sqlalchemy import update

from webapp.models.channel import Channel

PAGE = "/preferences/mutes"


@pytest.fixture
def bo(world, browser_of):
    browser = browser_of("bo")
    world.post("bo", sender="edith")
    return browser


def mute(browser, what="channel:team.news", lasts="good", **more):
    return browser.submit(PAGE, {"what": what, "lasts": lasts, **more}, page=PAGE)


def listed(soup, browser):
    return [row.th.contents[0] for row in soup(browser.get(PAGE)).select("tbody tr")]


def undo(soup, browser, page=PAGE):
    form = soup(browser.get(page)).select_one(".flash form")
    fields = {}
    for field in form.select("input"):
        fields.setdefault(field["name"], []).append(field["value"])
    return browser.post(form["action"], data=fields)


def test_muted_and_unmuted_with_the_way_back(bo, soup):
    assert "Nothing is muted" in bo.get(PAGE).text
    for what in ("channel:team.news", "sender:edith"):
        assert mute(bo, what).location == PAGE
    assert listed(soup, bo) == ["Edith", "Team.News"]
    [first, *_] = soup(bo.get(PAGE)).select("td form")
    bo.submit(first["action"], {}, page=PAGE)
    assert listed(soup, bo) == ["Team.News"]
    mute(bo, "sender:edith", "week")
    bo.submit(f"{PAGE}/end", {}, page=PAGE)
    assert undo(soup, bo).location == PAGE
    assert sorted(listed(soup, bo)) == ["Edith", "Team.News"]


def test_a_mute_is_undone_by_what_was_before_it(bo, soup):
    mute(bo)
    undo(soup, bo)
    assert listed(soup, bo) == []
    mute(bo)
    bo.get(PAGE)
    mute(bo, lasts="hour")
    undo(soup, bo)
    assert "for good" in soup(bo.get(PAGE)).select_one("tbody").get_text()


def test_an_undo_that_comes_when_the_former_is_over_ends_the_new_one(bo, soup, world):
    mute(bo, lasts="hour")
    bo.get(PAGE)
    mute(bo, lasts="good")
    form = soup(bo.get(PAGE)).select_one(".flash form")
    fields = {field["name"]: field["value"] for field in form.select("input")}
    world.clock.advance(3601)
    bo.post(form["action"], data=fields)
    page = soup(bo.get(PAGE))
    assert "Team.News is no longer muted." in page.select_one(".flash").get_text()
    assert not page.select("tbody tr")
    assert bo.post(form["action"], data=fields).status_code == 404, "ended already"


def test_from_a_notification_and_back_to_it(bo, soup):
    id = soup(bo.get("/inbox")).select_one("li.row-item")["id"].removeprefix("n-")
    page = f"/notifications/{id}"
    form = soup(bo.get(page)).select_one(".mute-menu form")
    buttons = {button["value"]: button.get_text(strip=True) for button in form.select("button")}
    assert buttons == {"sender:edith": "Mute Edith", "channel:team.news": "Mute Team.News"}
    back = form.select_one("[name=back]")["value"]
    assert mute(bo, "sender:edith", "tomorrow", back=back).location == page
    assert "Edith is muted until" in soup(bo.get(page)).select_one(".flash").get_text()
    assert mute(bo, back="//example.com").location == PAGE


@pytest.mark.parametrize(
    ("what", "status", "words"),
    [
        ("", 422, "Please fill this in."),
        ("channel:no.such", 404, "no such channel"),
        ("sender:bo", 409, "This is you."),
        ("medium:email", 400, ""),
    ],
)
def test_what_cannot_be_muted(bo, soup, what, status, words):
    answer = mute(bo, what)
    assert answer.status_code == status
    assert words in soup(answer).get_text()
    assert listed(soup, bo) == []


def test_what_is_required_cannot_be_muted(bo, world, soup):
    world.execute(update(Channel).values(required=True))
    answer = mute(bo)
    assert answer.status_code == 409
    assert "required by your administrators" in soup(answer).select_one(".field-error").get_text()


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/99/end", {}, 404),
        ("/restoration", {"muted": "channel"}, 400),
        ("/restoration", {"muted": "channel team.news soon"}, 400),
        ("/restoration", {"muted": "channel team.news 2090-01-01T00:00"}, 400),
        ("/restoration", {"muted": "channel team.news 9999-12-31T23:59:59-12:00"}, 400),
        ("/restoration", {"muted": "channel team.news 0001-01-01T00:00:00+12:00"}, 400),
        ("/restoration", {"muted": ["channel team.news good"] * 51}, 422),
        ("/restoration", {"muted": "channel no.such good"}, 404),
        ("/restoration", {"muted": "channel team.news 2001-01-01T00:00Z"}, 303),
    ],
)
def test_what_was_made_up(bo, soup, path, form, status):
    assert bo.submit(PAGE + path, form, page=PAGE).status_code == status
    assert listed(soup, bo) == []
