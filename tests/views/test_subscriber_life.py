"""A subscriber checked, switched on and off, removed: what is asked before, and what has happened after."""

import pytest

from tests.support.subscribers import subscriber, subscriber_row


@pytest.fixture
def ada(browser_of, world):
    return browser_of("ada", role="admin")


def act(browser, what, told=None, name="archive"):
    page = f"/subscribers/{name}" if what == "checks" else f"/subscribers/{name}/{what}"
    return browser.submit(f"/subscribers/{name}/{what}", told or {}, page=page)


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, world, role):
    subscriber(world)
    olaf = browser_of("olaf", role=role)
    for what in ("on", "off", "removal", "checks"):
        assert olaf.submit(f"/subscribers/archive/{what}", {}, page="/profile").status_code == 403


def test_off_asks_what_shall_become_of_what_waits(ada, world, soup):
    id = subscriber(world)
    world.post("emil")
    page = soup(ada.get("/subscribers/archive/off"))
    assert [it["value"] for it in page.select("[name=then]")] == ["hold", "cancel"]
    assert page.select_one("[value=hold]").has_attr("checked")
    assert act(ada, "off", {"then": "hold", "why": "It moves."}).location == "/subscribers/archive"
    assert (subscriber_row(world, id).active, world.rows(medium="webhook")[0].state) == (False, "held")


def test_cancelled_is_cancelled(ada, world):
    subscriber(world)
    world.post("emil")
    act(ada, "off", {"then": "cancel"})
    assert world.rows(medium="webhook")[0].state == "cancelled"
    assert "1 that waited is cancelled." in ada.get("/subscribers/archive").text


@pytest.mark.parametrize("what", ["off", "removal"])
def test_a_reason_that_is_none_is_refused_where_it_was_typed(ada, world, soup, what):
    id = subscriber(world)
    answer = act(ada, what, {"then": "hold", "why": "x" * 501})
    assert answer.status_code == 422
    assert soup(answer).select_one("#why-error")
    assert subscriber_row(world, id).active


def test_on_is_checked_first_and_told_why_not(ada, world, web, soup):
    id = subscriber(world, web([200, 200, 401, 204]).url(), off="gone")
    answer = act(ada, "on")
    assert answer.status_code == 422
    assert [it.text for it in soup(answer).select(".probes .chip")] == ["200", "200"]
    assert act(ada, "on").location == "/subscribers/archive"
    assert subscriber_row(world, id).active


def test_a_check_on_demand_is_kept_and_shown(ada, world, web, soup):
    subscriber(world, web([401, 204]).url())
    assert act(ada, "checks").location == "/subscribers/archive#check"
    assert "Passed" in soup(ada.get("/subscribers/archive")).select_one("#check").text


def test_removed_it_is_gone(ada, world):
    id = subscriber(world)
    assert "cancelled" in ada.get("/subscribers/archive/removal").text
    assert act(ada, "removal").location == "/subscribers"
    assert subscriber_row(world, id).removed_at
    assert ada.get("/subscribers/archive").status_code == 404
