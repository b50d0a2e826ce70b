"""The queue in numbers."""

from datetime import timedelta

from sqlalchemy import update

from tests.support.subscribers import subscriber
from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason
from webapp.models.delivery import Delivery
from webapp.services.queue import _rows, statistics


def test_an_empty_house(bare_world):
    counted = statistics.count(now=bare_world.clock.now())
    assert (counted.deliveries, counted.due, counted.oldest_due_at, counted.oldest_due_s) == (0, 0, None, None)
    assert set(counted.states.values()) == {0}
    assert (counted.held, counted.held_since, counted.failed, counted.types) == ({}, None, {}, {})
    assert (counted.failed_24_hours, counted.failed_7_days, counted.media, counted.channels) == ({}, {}, {}, {})


def test_every_number(world):
    start = world.clock.now()
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550")
    world.post("emil", "edith", type="voicemail")
    world.dispatch()
    world.post("emil", "edith")
    world.post(at=start + timedelta(hours=1))
    first = world.rows(state="queued")[0].id
    world.execute(update(Delivery).where(Delivery.id == first).values(state="held", reason="NO_PROVIDER"))
    counted = statistics.count(now=world.clock.advance(90))
    assert counted.deliveries == 5
    assert {state: n for state, n in counted.states.items() if n} == {"queued": 2, "held": 1, "undeliverable": 2}
    assert (counted.due, counted.oldest_due_at, counted.oldest_due_s) == (1, start, 90.0)
    assert (counted.held, counted.held_since) == ({"NO_PROVIDER": 1}, start)
    assert counted.failed == {"RECIPIENT_REFUSED": 2}
    assert counted.types == {"message": {"held": 1, "queued": 2}, "voicemail": {"undeliverable": 2}}


def test_by_channel_and_medium(world):
    world.channel("team.texts", "sms", "email")
    world.post()
    world.post(channel="team.texts")
    world.dispatch()
    counted = statistics.count(now=world.clock.now())
    assert counted.channels == {"team.news": {"sent": 1}, "team.texts": {"filtered": 1, "sent": 1}}
    assert counted.media == {"email": {"sent": 2}, "sms": {"filtered": 1}}


def test_what_failed_lately(world):
    for hours, reason in [(0, Reason.DNS), (7 * 24 - 1, Reason.RECIPIENT_REFUSED), (23, Reason.RECIPIENT_REFUSED)]:
        world.clock.advance(hours * 3600)
        world.mail.answer = PermanentFailure(reason, "no")
        world.post()
        world.dispatch()
    counted = statistics.count(now=world.clock.advance(3600 - 1))
    assert counted.failed == {"RECIPIENT_REFUSED": 2, "DNS": 1}
    assert counted.failed_7_days == {"RECIPIENT_REFUSED": 2}
    assert counted.failed_24_hours == {"RECIPIENT_REFUSED": 2}
    counted = statistics.count(now=world.clock.advance(1))
    assert counted.failed_24_hours == {"RECIPIENT_REFUSED": 2}
    counted = statistics.count(now=world.clock.advance(1))
    assert counted.failed_24_hours == {"RECIPIENT_REFUSED": 1}


def test_what_there_is_more_of_than_is_counted(world, monkeypatch):
    subscriber(world)
    world.post("emil", "edith")
    monkeypatch.setattr(_rows, "MOST_COUNTED", 1)
    monkeypatch.setattr(statistics, "MOST_COUNTED", 1)
    counted = statistics.count(now=world.clock.now())
    assert (counted.states["queued"], counted.due, counted.more) == (1, 2, ("queued", "due"))


def test_sorts_are_those_of_the_newest_in_each_state(world, monkeypatch):
    monkeypatch.setattr(statistics, "SORTED", 1)
    world.post(type="old")
    world.clock.advance(1)
    world.post(type="new")
    assert statistics.count(now=world.clock.now()).types == {"new": {"queued": 1}}


def test_few_statements_however_much_there_is(world, statements):
    world.post()
    with statements() as asked:
        statistics.count(now=world.clock.now())
    assert len(asked) == 4
