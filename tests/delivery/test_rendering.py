"""Rendering: a formatter that is slow, or never ends, does not stop the queue."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests.support.clock import FakeClock
from webapp.delivery.rendering import REST, Group, Rendering, Rests, StillSlow, Unasked
from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, Output, TooSlow, plain
from webapp.models.channel import Channel

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context("Emil", "team.news", "News", "UTC", "en_GB", "")
LEASE_S = 12  # of which a formatter has a twelfth: what waits for ever is too slow for it, nothing else is


def group(name, number=1, subject="Lunch"):
    return Group(name, [Item(str(number), subject, "Noon.", None, "Edith", "message", NOW, NOW)], Format(), CONTEXT)


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


FRESH = """
import sys
from tests.delivery.test_rendering import NOW, Rendering, group
from webapp.delivery import rendering
from webapp.formatters import _mail, run

def watched(calls, *, each_s):
    before = {*sys.modules, *_mail._templates.cache}
    made = run(calls, each_s=each_s)
    print(sorted({*sys.modules, *_mail._templates.cache} - before, key=str))
    return made

rendering.run = watched
Rendering(lease_s=600, clock=lambda: NOW).lay_out([group("plain"), group("digest")], now=NOW)
"""


def test_nothing_is_loaded_in_the_time_that_a_formatter_has(run):
    done = run(FRESH)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def kinds(made):
    return [type(one) for one in made]


def test_others_are_laid_out_and_the_slow_one_is_not_asked_again(stuck):
    rendering = Rendering(lease_s=LEASE_S, clock=lambda: NOW)
    groups = [group("plain"), group("stuck"), group("stuck"), group("plain")]
    made = rendering.lay_out(groups, now=NOW)
    assert kinds(made) == [list, TooSlow, Rests, list]
    assert made[2] == Rests(NOW + REST)


def test_once_it_is_to_stop_nobody_is_asked(stuck):
    rendering = Rendering(lease_s=LEASE_S, clock=lambda: NOW)
    rendering.stop()
    assert kinds(rendering.lay_out([group("stuck"), group("plain")], now=NOW)) == [Unasked, Unasked]


def test_after_a_minute_it_is_asked_again(stuck):
    rendering = Rendering(lease_s=LEASE_S, clock=lambda: NOW)
    rendering.lay_out([group("stuck")], now=NOW)
    stuck.clear()
    assert kinds(rendering.lay_out([group("stuck")], now=NOW + REST - timedelta(seconds=1))) == [Rests]
    assert kinds(rendering.lay_out([group("stuck")], now=NOW + REST)) == [list]


@pytest.fixture
def slow_plain(monkeypatch):
    """The shipped ``plain`` waits until the test has ended for what has one of these subjects."""
    over, on, real = threading.Event(), set(), plain._rendered

    def work(subject, *rest):
        if subject in on:
            over.wait()
        return real(subject, *rest)

    monkeypatch.setattr(plain, "_rendered", work)
    yield on
    over.set()


def test_one_slow_message_does_not_rest_what_is_shipped(slow_plain):
    slow_plain.add("poison")
    rendering = Rendering(lease_s=LEASE_S, clock=lambda: NOW)
    groups = [group("plain", 1, "poison"), group("plain", 2, "poison"), group("plain", 3)]
    assert kinds(rendering.lay_out(groups, now=NOW)) == [TooSlow, StillSlow, list]
    assert kinds(rendering.lay_out(groups, now=NOW)) == [StillSlow, StillSlow, list]
    slow_plain.clear()
    assert kinds(rendering.lay_out(groups, now=NOW + REST)) == [list, list, list]


def test_what_is_shipped_rests_where_several_in_a_row_are_slow(slow_plain):
    slow_plain |= {"one", "two", "three", "four"}
    rendering = Rendering(lease_s=LEASE_S, clock=lambda: NOW)
    mixed = [group("plain", subject=subject) for subject in ("one", "two", "Lunch", "three", "Lunch")]
    assert kinds(rendering.lay_out(mixed, now=NOW)) == [TooSlow, TooSlow, list, TooSlow, list]
    rendering = Rendering(lease_s=LEASE_S, clock=lambda: NOW)
    row = [group("plain", subject=subject) for subject in ("one", "two", "three", "Lunch")]
    assert kinds(rendering.lay_out(row, now=NOW)) == [TooSlow, TooSlow, TooSlow, Rests]


def test_one_turn_lays_out_for_a_quarter_of_a_lease(formatter):
    clock = FakeClock()

    def work(items):
        clock.advance(LEASE_S / 8)
        return [Output(item.subject, "text", None, (item.id,)) for item in items]

    formatter("tardy", work)
    rendering = Rendering(lease_s=LEASE_S, clock=clock.now)
    assert kinds(rendering.lay_out([group("tardy")] * 4, now=NOW)) == [list, list, Unasked, Unasked]
    assert kinds(rendering.lay_out([group("tardy")], now=NOW)) == [Unasked]
    rendering.begin()
    clock.advance(LEASE_S)  # to read took as long: one goes in any case
    assert kinds(rendering.lay_out([group("tardy")] * 2, now=NOW)) == [list, Unasked]


def test_a_lot_that_takes_longer_than_a_lease_is_sent_once(world, by_hand, formatter, audited):
    """While one process lays out, others sweep: what it has sent meanwhile is written down, and held, in time."""
    by_others = []

    def work(items):
        world.clock.advance(world.engine().settings.lease_s / 13)
        with world.app.app_context():
            by_others.append(world.retry())
        return [Output(item.subject, "text", None, (item.id,)) for item in items]

    formatter("tardy", work)
    world.execute(update(Channel).where(Channel.name == "team.news").values(formatter="tardy"))
    subjects = {f"news {number}" for number in range(30)}
    for name, subject in zip(world.crowd(30), sorted(subjects), strict=True):
        world.post(name, subject=subject)
    by_hand(dispatch_batch=20).until_at_rest()
    assert sorted(envelope.subject for envelope in world.mail.sent) == sorted(subjects)
    assert set(world.states()) == {"sent"}
    assert len(by_others) == 30
    assert {row.failures + row.raises + row.crashes for row in world.rows()} == {0}


def test_what_it_raises_stands_in_its_place():
    assert kinds(Rendering(lease_s=60, clock=lambda: NOW).lay_out([group("lunar"), group("plain")], now=NOW)) == [
        KeyError,
        list,
    ]


def test_nothing_starts_no_thread():
    before = threading.active_count()
    assert Rendering(lease_s=60, clock=lambda: NOW).lay_out([], now=NOW) == []
    assert threading.active_count() == before


def test_the_queue_goes_on_and_the_poison_ends(world, stuck, monkeypatch):
    monkeypatch.setattr("webapp.delivery.rendering._LONGEST_S", 1.0)
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
    assert "TooSlow: It took longer than 1 s: it was in wait" in world.rows(state="undeliverable")[0].last_error
