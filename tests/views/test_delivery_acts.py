"""What an operator does to one delivery: each act by its button, asked about where it may be a second copy."""

import pytest

from webapp.domain.envelope import Accepted, Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.channel import Channel

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
DROPPED = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "no answer", certainty=Certainty.MAY_HAVE_ARRIVED)
GONE = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")


@pytest.fixture
def olaf(world, browser_of):
    return browser_of("olaf", role="operator")


@pytest.fixture
def press(olaf, world, soup):
    """Press a button of the delivery's page; gives the page after it."""

    def act(verb, noun):
        address = f"/deliveries/{world.row.id}"
        forms = {words(form.button): form for form in soup(olaf.get(address)).select("main form")}
        assert forms[verb]["action"] == f"{address}/{noun}"
        answer = olaf.submit(forms[verb]["action"], carried(forms[verb]), page=address)
        assert (answer.status_code, answer.headers["Location"]) == (303, address)
        return soup(olaf.get(address))

    return act


def words(part):
    return " ".join(part.get_text(" ", strip=True).split())


def carried(form):
    """What the form says beside its token."""
    return {one["name"]: one["value"] for one in form.select("input[name]") if one["name"] != "csrf_token"}


def buttons(page):
    return [words(one) for one in page.select(".acts .btn")]


def tried(world, answer):
    world.mail.answer = answer
    world.post()
    world.clock.advance(2)
    world.dispatch()


def test_retry_now(press, world):
    tried(world, [BUSY, Accepted()])
    page = press("Retry now", "retry")
    assert "It is tried again now." in words(page.select_one("#flashes"))
    assert "Try 2 of 4 is due now." in words(page.select_one(".verdict"))
    assert world.retry() == {"sent": 1}


def test_cancel_what_waits(press, world):
    world.post()
    page = press("Cancel", "cancellation")
    assert "olaf cancelled it at 09:00." in words(page.select_one(".verdict p"))
    assert world.dispatch() == {}
    assert buttons(page) == ["Send again"]


def test_send_again_what_was_refused(olaf, press, world, soup):
    tried(world, GONE)
    world.mail.answer = Accepted()
    former = world.row.envelope_id
    page = press("Send again", "sending-again")
    assert "Sent again, round 2" in words(page.select_one(".marks"))
    world.dispatch()
    assert (world.row.state, world.row.replaces) == ("sent", former)
    assert former in words(soup(olaf.get(f"/deliveries/{world.row.id}")).main)


def test_what_may_have_arrived_is_asked_about_first(olaf, press, world, soup):
    world.execute(Channel.__table__.update().values(at_most_once=True))
    tried(world, DROPPED)
    address = f"/deliveries/{world.row.id}"
    page = soup(olaf.get(address))
    assert buttons(page) == ["It arrived", "Send again…"]
    asks = soup(olaf.get(page.select(".acts a")[0]["href"]))
    assert "Emil may get this a second time." in words(asks.main)
    assert world.row.state == "unknown"
    olaf.submit(f"{address}/sending-again", carried(asks.select_one("main form")), page=f"{address}/sending-again")
    assert world.row.state == "queued"


def test_a_second_click_makes_no_second_copy(olaf, world, soup):
    tried(world, Accepted())
    address = f"/deliveries/{world.row.id}"
    shown = carried(soup(olaf.get(f"{address}/sending-again")).select_one("main form"))
    for told in ("It is sent again", "It has changed since you saw it"):
        olaf.submit(f"{address}/sending-again", shown, page=address)
        assert told in words(soup(olaf.get(address)).select_one("#flashes"))
        world.dispatch()
    assert (world.row.state, world.row.generation) == ("sent", 2)


@pytest.mark.parametrize("changed", [{"state": "cancelled"}, {"generation": "2"}, {"generation": "x"}, {"state": None}])
def test_what_is_not_as_the_page_showed_it_is_not_sent_again(olaf, world, soup, changed):
    tried(world, GONE)
    address = f"/deliveries/{world.row.id}"
    told = {"state": "undeliverable", "generation": "1"} | changed
    olaf.submit(f"{address}/sending-again", {name: said for name, said in told.items() if said}, page=address)
    assert "It has changed since you saw it" in words(soup(olaf.get(address)).select_one("#flashes .tone-brass"))
    assert world.row.state == "undeliverable"


def test_it_arrived(press, world):
    world.execute(Channel.__table__.update().values(at_most_once=True))
    tried(world, DROPPED)
    page = press("It arrived", "arrival")
    assert (
        words(page.select_one(".verdict p"))
        == "Emil got this by e-mail: olaf confirmed it at 09:00. Nothing more is to be done."
    )
    assert buttons(page) == []


def test_what_comes_too_late_says_why_not(olaf, world, soup):
    tried(world, BUSY)
    address = f"/deliveries/{world.row.id}"
    world.clock.advance(60)
    world.mail.answer = Accepted()
    world.retry()
    answer = olaf.submit(f"{address}/cancellation", {}, page=address)
    assert answer.status_code == 303
    assert world.row.state == "sent"
    assert soup(olaf.get(address)).select_one("#flashes .tone-brass p").get_text()


def test_asking_about_what_cannot_be_sent_again_leads_back(olaf, world):
    world.post()
    answer = olaf.get(f"/deliveries/{world.row.id}/sending-again")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/deliveries/{world.row.id}")


@pytest.mark.parametrize("noun", ["retry", "sending-again", "cancellation", "arrival"])
def test_only_operators_and_only_what_is_there(olaf, browser_of, world, noun):
    world.post()
    address = f"/deliveries/{world.row.id}"
    ellen = browser_of("ellen")
    assert ellen.submit(f"{address}/{noun}", {}, page="/profile").status_code == 403
    assert olaf.submit(f"/deliveries/{'0' * 26}/{noun}", {}, page="/profile").status_code == 404
    assert olaf.get(f"{address}/{noun}").status_code in {303, 405}
    assert world.states() == ["queued"]
