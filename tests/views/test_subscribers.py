"""/subscribers: all of them with how they fare, and the page of one."""

import pytest
from sqlalchemy import update

from tests.support.subscribers import subscriber
from webapp.models.subscriber import Subscriber, SubscriberHealth


@pytest.fixture
def ada(browser_of, world):
    return browser_of("ada", role="admin")


def fares(world, id, **columns):
    world.execute(update(SubscriberHealth).where(SubscriberHealth.subscriber_id == id).values(**columns))


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, world, role):
    subscriber(world)
    olaf = browser_of("olaf", role=role)
    assert [olaf.get(path).status_code for path in ("/subscribers", "/subscribers/archive")] == [403, 403]


def test_where_there_is_none_it_says_what_one_is(ada, soup):
    page = soup(ada.get("/subscribers"))
    assert "No subscriber yet" in page.text
    assert page.select_one(".empty a")["href"] == "/subscribers/new"


def test_the_list_says_how_each_stands(ada, world, soup):
    now = world.clock.now()
    fares(world, subscriber(world, name="proven"), last_success_at=now)
    fares(world, subscriber(world, name="failing", filters={}), failing_since=now, streak=3, last_error="refused")
    subscriber(world, name="gone", off="gone")
    subscriber(world, name="quiet", off="person", filters={})
    world.post("emil")
    page = soup(ada.get("/subscribers"))
    words = {row["id"]: row.select_one(".pill").text.strip() for row in page.select("tbody tr")}
    assert words == {
        "subscriber-failing": "Failing", "subscriber-gone": "Off: gone", "subscriber-proven": "On, proven",
        "subscriber-quiet": "Off",
    }  # fmt: skip
    assert "gone needs you" in page.select_one(".banner").text
    assert page.select_one("#subscriber-proven [data-label=Waiting]").text.strip() == "1"
    assert "Nothing yet" in page.select_one("#subscriber-quiet [data-label=Channels]").text


def test_the_page_of_one_has_what_it_is_told_of_and_was_told_last(ada, world, soup):
    id = subscriber(world, filters={"team.news": {"source": "1"}})
    fares(world, id, failing_since=world.clock.now(), last_error="503 Busy", check_passed=False, waived="A wall.")
    posted = world.post("emil", subject="Lunch is late")
    page = soup(ada.get("/subscribers/archive"))
    assert "source = 1" in " ".join(page.select_one(".told-of").text.split())
    assert "503 Busy" in page.select_one(".well").text
    assert "A wall." in page.select_one("#check").text
    [row] = page.select("tbody tr")
    assert "Lunch is late" in row.text
    assert world.rows(medium="webhook")[0].message_id == posted.id


def test_one_that_is_removed_is_not_found(ada, world):
    world.execute(update(Subscriber).where(Subscriber.id == subscriber(world)).values(removed_at=world.clock.now()))
    assert ada.get("/subscribers/archive").status_code == 404
    assert "archive" not in ada.get("/subscribers").text


@pytest.mark.parametrize("path", ["/subscribers", "/subscribers/archive", "/subscribers/archive/settings"])
def test_a_page_asks_little_of_the_database(ada, world, statements, path):
    for name in ("archive", "beta", "gamma"):
        subscriber(world, name=name)
        world.post("emil")
    ada.get(path)
    with statements() as asked:
        assert ada.get(path).status_code == 200
    assert len(asked) <= 8, asked
