"""Rendering: a formatter that is slow, or never ends, does not stop the queue."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from webapp.delivery.rendering import REST, Group, Rendering, Rests
from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, Output, TooSlow
from webapp.models.channel import Channel

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context("Emil", "team.news", "News", "UTC", "en_GB", "")
LEASE_S = 2.4  # of which a formatter has a twelfth


def group(name, number=1):
    return Group(name, [Item(str(number), "Lunch", "Noon.", None, "Edith", "message", NOW)], Format(), CONTEXT)


@pytest.fixture
def stuck(formatter):
    """The formatter ``stuck``, which waits until the test has ended for what has the subject of ``on``."""
    over, on = threading.Event(), {"Lunch"}

    def work(items):
        if items[0].subject in on:
            over.wait()
        return [Output(item.subject, "text", None, (item.id,)) for item in items]

    formatter("stuck", work)
    yield on
    over.set()


def kinds(made):
    return [type(one) for one in made]


def test_others_are_laid_out_and_the_slow_one_is_not_asked_again(stuck):
    rendering = Rendering(lease_s=LEASE_S)
    groups = [group("plain"), group("stuck"), group("stuck"), group("plain")]
    made = rendering.lay_out(groups, now=NOW)
    assert kinds(made) == [list, TooSlow, Rests, list]
    assert made[2] == Rests(NOW + REST)


def test_after_a_minute_it_is_asked_again(stuck):
    rendering = Rendering(lease_s=LEASE_S)
    rendering.lay_out([group("stuck")], now=NOW)
    stuck.clear()
    assert kinds(rendering.lay_out([group("stuck")], now=NOW + REST - timedelta(seconds=1))) == [Rests]
    assert kinds(rendering.lay_out([group("stuck")], now=NOW + REST)) == [list]


def test_what_it_raises_stands_in_its_place():
    assert kinds(Rendering(lease_s=60).lay_out([group("lunar"), group("plain")], now=NOW)) == [KeyError, list]


def test_nothing_starts_no_thread():
    before = threading.active_count()
    assert Rendering(lease_s=60).lay_out([], now=NOW) == []
    assert threading.active_count() == before


def test_the_queue_goes_on_and_the_poison_ends(world, stuck, monkeypatch):
    monkeypatch.setattr("webapp.delivery.rendering._LONGEST_S", 0.2)
    world.channel("team.other")
    world.execute(update(Channel).where(Channel.name == "team.news").values(formatter="stuck"))
    world.post(subject="Lunch")
    world.person("ines")
    world.post("ines", subject="Dinner")
    world.post(channel="team.other")
    assert world.dispatch()["sent"] == 1
    for _ in range(20):
        world.clock.advance(REST.total_seconds())
        world.dispatch()
    reached = {row.state: (row.reason, row.raises) for row in world.rows()}
    assert reached["undeliverable"] == ("FORMATTER_FAILED", 5)
    assert sorted(row.state for row in world.rows()) == ["sent", "sent", "undeliverable"]
    assert "TooSlow: It took longer than 0.2 s: it was in wait" in world.rows(state="undeliverable")[0].last_error
