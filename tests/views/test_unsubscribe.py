"""The page behind the link in a mail: it shows by GET, changes by POST, and asks nobody to sign in."""

import pytest
from sqlalchemy import update

from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.runtime import runtime
from webapp.services.people import subscriptions, throttle
from webapp.tokens import Subscription

EMIL = Subscription("emil", "team.news", "email")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(world):
    return f"/unsubscribe/{runtime().tokens.of(EMIL)}"


@pytest.fixture
def wanted(world):
    def ask() -> bool:
        world.session.rollback()
        return subscriptions.get(subscription=EMIL).wanted

    return ask


def heading(soup, answer) -> str:
    return soup(answer).h1.get_text(strip=True)


def test_looking_changes_nothing(client, link, soup, every_row):
    before = every_row()
    answer = client.get(link)
    assert (answer.status_code, heading(soup, answer)) == (200, "Stop getting Team.News by e-mail?")
    assert "For Emil, e…@example.com" in soup(answer).select_one("main").get_text(" ", strip=True).replace(" ,", ",")
    assert "emil@example.com" not in answer.text
    assert every_row() == before
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_stop_and_undo_by_the_buttons(client, link, soup, wanted):
    for said, became, title in (("no", False, "No more"), ("yes", True, "Stop getting")):
        button = soup(client.get(link)).select_one("main form button")
        assert (button["name"], button["value"]) == ("wanted", said)
        answer = client.post(link, data={"wanted": said})
        assert (answer.status_code, answer.location) == (303, link)
        assert wanted() is became
        assert heading(soup, client.get(link)).startswith(title)


def test_less_often_instead_and_back(client, link, soup, wanted):
    for form, words in (
        ({"often": "hourly"}, "once an hour"),
        ({"often": "daily", "at": "08:30"}, "once a day, at 08:30"),
        ({"often": "daily", "at": ""}, "once a day, at 17:00"),
        ({"often": "at once"}, None),
    ):
        assert client.post(link, data=form).status_code == 303
        page = soup(client.get(link)).select_one("main")
        [chosen] = page.select("select option[selected]")
        assert chosen["value"] == form["often"]
        assert ("You get it" in page.get_text()) == bool(words)
        assert words is None or words in page.get_text()
    assert wanted()


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_of_a_mail_program(client, link, wanted, content_type):
    """RFC 8058, 3.2: no cookie, no token of a form, either encoding; 3.1: and no redirect."""
    for _ in range(2):
        answer = client.post(link, data=ONE_CLICK, content_type=content_type)
        assert answer.status_code == 200
        assert not wanted()
        assert "Set-Cookie" not in answer.headers


def test_to_and_fro_without_an_end(client, link, wanted):
    """Whoever holds the link could fill the audit with it."""
    said = [client.post(link, data={"wanted": "yes" if number % 2 else "no"}) for number in range(throttle.MOST + 1)]
    assert [answer.status_code for answer in said] == [303] * throttle.MOST + [429]
    assert said[-1].headers["Retry-After"] == "300"
    assert client.get(link).status_code == 200
    assert wanted()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"often": "never"},
        {"often": "daily", "at": "noon"},
        {"wanted": "maybe"},
        {"List-Unsubscribe": "Two-Clicks"},
        {"List-Unsubscribe": ""},
    ],
)
def test_a_post_that_says_nothing_changes_nothing(client, link, wanted, form):
    assert client.post(link, data=form).status_code == 400
    assert wanted()


@pytest.mark.parametrize("bad", ["", "x", ".", "a.b.c", "%E2%80%A8", "A" * 2000])
def test_a_made_up_link(client, link, wanted, soup, bad):
    made_up = f"{link[:-4]}{bad}"
    for answer in (client.get(made_up), client.post(made_up, data=ONE_CLICK)):
        assert (answer.status_code, heading(soup, answer)) == (404, "This link does not work")
        assert not soup(answer).select("main form")
    assert wanted()


def test_a_channel_that_has_gone(client, world, soup):
    token = runtime().tokens.of(Subscription("emil", "team.gone", "email"))
    answer = client.get(f"/unsubscribe/{token}")
    assert (answer.status_code, heading(soup, answer)) == (404, "This link does not work")


def test_a_channel_that_has_become_required(client, world, link, soup, wanted):
    world.execute(update(Channel).values(required=True))
    for answer, status in ((client.get(link), 200), (client.post(link, data=ONE_CLICK), 409)):
        assert (answer.status_code, heading(soup, answer)) == (status, "Team.News cannot be turned off")
        assert not soup(answer).select("main form")
    assert wanted()


def test_it_is_the_link_s_person_who_counts_and_not_who_is_signed_in(browser_of, world, link, wanted):
    stranger = browser_of("ines")
    assert stranger.post(link, data={"wanted": "no"}).status_code == 303
    assert not wanted()
    assert subscriptions.get(subscription=Subscription("ines", "team.news", "email")).wanted


def test_whoever_has_left_may_still_stop_it(client, world, link, wanted):
    world.execute(update(User).where(User.username == "emil").values(active=False))
    assert client.post(link, data=ONE_CLICK).status_code == 200
    assert not wanted()
