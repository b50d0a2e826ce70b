"""The grid of one's preferences, in a browser with scripts and without."""

import pytest
from sqlalchemy import update

from webapp.domain.envelope import PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.channel import Channel

HTMX = {"HX-Request": "true"}
PATH = "/preferences/team.news/email"


@pytest.fixture
def bo(world, browser_of):
    return browser_of("bo")


def box(soup, browser):
    return soup(browser.get("/preferences")).select_one(f'form[action="{PATH}"] [name=wanted]')


def form_of(form):
    return {field["name"]: field["value"] for field in form.select("input[type=hidden]")}


def test_each_box_says_what_it_is_for(bo, world, soup):
    world.channel("team.board", media=())
    world.channel("team.pages", "sms")
    page = soup(bo.get("/preferences"))
    labels = [label.get_text(strip=True) for label in page.select(".wish label")]
    assert labels == ["Team.News by e-mail", "Team.Pages by SMS"]
    assert page.select_one('.sidebar [aria-current="page"]').get_text(strip=True) == "Preferences"
    assert len(page.find_all(string="Not used here")) == 4


def test_without_scripts_the_page_comes_again_with_the_way_back(bo, soup):
    answer = bo.submit(PATH, {"often": "at once"}, page="/preferences")
    assert (answer.status_code, answer.location) == (303, "/preferences#team.news")
    page = soup(bo.get("/preferences"))
    flash = page.select_one(".flash")
    assert "no more Team.News by e-mail" in flash.get_text()
    assert not box(soup, bo).has_attr("checked")
    undo = flash.select_one("form")
    bo.post(undo["action"], data=form_of(undo))
    assert box(soup, bo).has_attr("checked")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user"), "it was refused for this address."),
        (PermanentFailure(Reason.CONTENT_REFUSED, "554 spam"), "it could not be sent, which need not be"),
        (TemporaryFailure(Reason.SERVER_BUSY, "451 later"), "it is tried again by itself."),
    ],
)
def test_an_address_that_was_not_reached_says_so(bo, world, soup, answer, words):
    world.mail.answer = answer
    world.post("bo")
    world.dispatch()
    mail = soup(bo.get("/preferences")).select_one(".reached li")
    assert words in mail.get_text()
    assert bool(mail.find(string="Check the address")) == (answer.reason is Reason.RECIPIENT_REFUSED)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"wanted": "yes", "often": "at once"}, "each at once"),
        ({"wanted": "yes", "often": "hourly"}, "once an hour"),
        ({"wanted": "yes", "often": "daily", "at": "08:30"}, "daily at 08:30"),
        ({"often": "hourly"}, "no more"),
    ],
)
def test_scripts_are_told_what_was_saved(bo, soup, form, words):
    answer = bo.submit(PATH, form, page="/preferences", headers=HTMX)
    said = soup(answer).select_one("[hx-swap-oob='innerHTML:#flashes'] .flash")
    assert answer.status_code == 200
    assert words in said.get_text()
    assert form_of(said.select_one("form"))["often"] == "at once"


def test_how_often_is_kept_while_it_is_off(bo, soup):
    bo.submit(PATH, {"often": "daily", "at": "08:30"}, page="/preferences")
    page = soup(bo.get("/preferences"))
    assert page.select_one(".wish option[selected]")["value"] == "daily"
    assert page.select_one(".wish [name=at]")["value"] == "08:30"


def test_what_is_required_is_locked_with_the_reason(bo, world, soup):
    world.execute(update(Channel).values(required=True))
    page = soup(bo.get("/preferences"))
    assert "Required by your administrators" in page.select_one(".locked").get_text()
    assert page.select_one(".locked input").has_attr("disabled")
    assert bo.submit(PATH, {"often": "at once"}, page="/preferences/times").status_code == 409


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/preferences/no.such/email", {"often": "at once"}, 404),
        ("/preferences/team.news/sms", {"often": "at once"}, 404),
        (PATH, {"often": "never"}, 400),
        (PATH, {"often": "daily", "at": "noon"}, 400),
    ],
)
def test_what_makes_no_sense_changes_nothing(bo, soup, path, form, status):
    assert bo.submit(path, form, page="/preferences").status_code == status
    assert box(soup, bo).has_attr("checked")


def test_no_channel_yet(browser_of, session, soup):
    page = soup(browser_of("bo").get("/preferences"))
    assert "No channel yet" in page.get_text()


def test_only_by_whoever_is_signed_in(client, world):
    assert client.get("/preferences").location.startswith("/login")
    assert client.post(PATH, data={"often": "at once"}).status_code in {303, 302, 400}
