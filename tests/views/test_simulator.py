"""What one would get, asked in a browser."""

import pytest
from sqlalchemy import update

from webapp.models.user import User
from webapp.services.preferences import times

PAGE = "/preferences/simulator"
ASKED = f"{PAGE}?channel=team.news&sender=edith&at="


@pytest.fixture
def bo(world, browser_of):
    browser = browser_of("bo")
    world.execute(update(User).values(tz="Europe/Berlin"))
    world.post("bo", sender="edith")
    return browser


def answer(soup, got):
    return " ".join(soup(got).select_one("#answer").get_text(" ").split())


def test_an_address_that_can_be_passed_on(bo, world, soup, every_row):
    world.session.rollback()
    times.mail_unread(username="bo", after_s=3600, now=world.clock.now())
    before = every_row()
    got = bo.get(ASKED + "2031-03-02T02:00")
    said = answer(soup, got)
    assert said.startswith("If Edith posted on Team.News on Sun, 2 Mar 2031, 02:00, you would get:")
    assert "E-mail Sun, 2 Mar 2031, 03:00" in said
    assert "Until Sun, 2 Mar 2031, 03:00:" in said
    assert soup(got).select_one("#sender option[selected]")["value"] == "edith"
    assert every_row() == before


def test_scripts_ask_for_the_answer_alone(bo, soup):
    got = bo.get(ASKED, headers={"HX-Request": "true"})
    assert "If Edith posted" in got.text
    assert "<form" not in got.text
    first = soup(bo.get(PAGE)).select_one("#answer")
    assert first["hx-get"] == f"{PAGE}?channel=team.news"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("at=2031-03-30T02:30&channel=team.news", "There is no such time where you live"),
        ("at=soon&channel=team.news", ""),
        ("at=9999-12-31T23:59&channel=team.news", "further away"),
        ("channel=no.such", "There is no such channel."),
        ("channel=team.news&sender=nobody", "There is no such person."),
    ],
)
def test_what_cannot_be_answered(bo, soup, query, words):
    got = bo.get(f"{PAGE}?{query}")
    assert got.status_code == 422
    assert words in answer(soup, got)


def test_what_has_passed_is_now(bo, soup):
    assert "has passed" in answer(soup, bo.get(ASKED + "2001-03-04T02:00"))


def test_no_channel_yet(browser_of, session):
    assert "No channel yet" in browser_of("bo").get(PAGE).text
