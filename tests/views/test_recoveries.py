"""/subscribers/<name>/recoveries and /deliveries?subscriber=: what a subscriber was sent, and how it is recovered."""

import pytest
from sqlalchemy import update

from tests.support.subscribers import queued_for, subscriber
from webapp.models.delivery import Delivery

PAGE = "/subscribers/archive/recoveries"
LIST = "/deliveries?subscriber=archive"


@pytest.fixture
def olaf(world, browser_of):
    world.clock.advance(1)
    return browser_of("olaf", role="operator")


@pytest.fixture
def stood(world):
    """Three that failed, and one that may have arrived."""
    archive, ids = subscriber(world), []
    for state in ("undeliverable", "undeliverable", "undeliverable", "unknown"):
        world.clock.advance(1)
        ids += queued_for(world, archive)
        ended = {
            "state": state,
            "reason": "HTTP_5XX",
            "last_error": "HTTP_5XX: 503 Busy",
            "ended_at": world.clock.now(),
        }
        world.execute(update(Delivery).where(Delivery.id == ids[-1]).values(**ended, failures=8, retries_left=0))
    world.clock.advance(1)
    return ids


def words(element) -> str:
    return " ".join(element.get_text(" ").split())


def buttons(page) -> list[str]:
    return [words(button) for button in page.select("main form[method=post] button")]


@pytest.mark.parametrize(("role", "status"), [("editor", 403), ("operator", 200), ("admin", 200)])
@pytest.mark.parametrize("path", [PAGE, LIST])
def test_who_may_look(world, stood, browser_of, role, status, path):
    world.clock.advance(1)
    assert browser_of("somebody", role=role).get(path).status_code == status


def test_the_button_says_how_many(world, stood, olaf, soup):
    assert buttons(soup(olaf.get(PAGE))) == ["Send 3 again"]
    both = soup(olaf.get(f"{PAGE}?sort=failed&sort=unknown"))
    assert buttons(both) == ["Send 4 again"]
    assert "It may get a second copy" in words(both)


def test_it_is_done_once(world, stood, olaf, soup):
    fields = {it["name"]: it["value"] for it in soup(olaf.get(PAGE)).select("form[method=post] input[name]")}
    for told in ("3 go out again.", "Nothing of it is left to be done."):
        assert olaf.submit(PAGE, fields, page=PAGE).status_code == 303
        assert words(soup(olaf.get(LIST)).select_one(".flash p")) == told
    assert world.states() == ["queued"] * 3 + ["unknown"]


def test_nothing_to_recover_offers_nothing(world, olaf, soup):
    subscriber(world)
    assert buttons(soup(olaf.get(PAGE))) == []


def test_nobody_of_that_name(world, olaf):
    assert olaf.get("/subscribers/nobody/recoveries").status_code == 404


@pytest.mark.parametrize(("tab", "rows"), [("", 4), ("undeliverable", 3), ("unknown", 1), ("waiting", 0), ("odd", 4)])
def test_the_list_by_state(world, stood, olaf, soup, tab, rows):
    assert len(soup(olaf.get(f"{LIST}&tab={tab}")).select("tbody tr")) == rows


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}?since=2020-01-01T00:00", LIST])
def test_few_statements(world, stood, olaf, statements, path):
    with statements() as asked:
        assert olaf.get(path).status_code == 200
    assert len(asked) <= 8


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("since", ["0001-01-01T00:00", "1969-12-31T23:59", "9999-12-31T23:59"])
def test_any_time_that_can_be_typed_is_answered(world, stood, browser_of, zone, since):
    world.clock.advance(1)
    assert browser_of("somebody", role="operator", tz=zone).get(f"{PAGE}?since={since}").status_code == 200


def test_failed_narrows_by_subscriber(world, stood, olaf, soup):
    world.clock.advance(1)
    page = soup(olaf.get("/failed?subscriber=archive"))
    assert len(page.select("tbody tr")) == 3
    assert [words(one) for one in page.select("#filter-subscriber option")] == ["Any subscriber", "archive"]
    assert len(soup(olaf.get("/failed?subscriber=other")).select("tbody tr")) == 0


@pytest.mark.parametrize(("role", "link"), [("operator", False), ("admin", True)])
def test_a_delivery_leads_to_its_subscriber_for_administrators(world, stood, browser_of, soup, role, link):
    world.clock.advance(1)
    page = soup(browser_of("somebody", role=role).get(f"/deliveries/{stood[0]}"))
    assert bool(page.select_one("a[href='/subscribers/archive']")) is link
    assert "archive.example.com" in words(page)
