"""How channels fare: who sends for them now, and how many of their deliveries failed lately."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.domain.bounded import Bounded
from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason
from webapp.models.provider import ProviderHealth
from webapp.services.posting import channels, faring
from webapp.services.posting.faring import Sender


@pytest.fixture
def fares(world):
    def look(name="team.news"):
        return faring.farings(channels=[channels.get(name=name)], now=world.clock.now())[0]

    return look


@pytest.fixture
def fail(world):
    def post(*to, **message):
        world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")
        world.post(*to, **message)
        world.dispatch()

    return post


def test_each_medium_has_who_sends_by_it_now(world, fares):
    world.channel("team.both", "sms", "email")
    assert fares("team.both").senders == (Sender("sms"), Sender("email", "email-main"))


def test_a_fallback_stands_in_for_a_paused_primary(world, fares):
    paused = {"paused_reason": "AUTH", "paused_until": world.clock.now() + timedelta(hours=1)}
    world.execute(update(ProviderHealth).values(**paused))
    assert fares().senders == (Sender("email", "email-main", paused=Reason.AUTH),)
    world.provider(name="email-spare", role="fallback")
    assert fares().senders == (Sender("email", "email-spare", instead_of="email-main"),)


def test_an_inbox_only_channel_needs_nobody(world, fares):
    world.channel("team.quiet", media=())
    assert fares("team.quiet").senders == ()


def test_what_failed_in_seven_days_is_counted_by_channel(world, fares, fail):
    world.channel("team.other")
    assert fares().failed == Bounded(0)
    fail()
    fail(channel="team.other")
    fail(channel="team.other")
    assert (fares().failed, fares("team.other").failed) == (Bounded(1), Bounded(2))
    world.clock.advance(7 * 86400)
    assert fares().failed == Bounded(1)
    world.clock.advance(1)
    assert fares().failed == Bounded(0)


def test_the_count_stops(world, fares, fail, monkeypatch):
    monkeypatch.setattr(faring, "MOST_FAILED", 2)
    world.channel("team.other")
    fail(channel="team.other")
    for _ in range(3):
        world.clock.advance(1)
        fail()
    assert fares().failed == Bounded(3, more=True)
    assert fares("team.other").failed == Bounded(0)


def test_it_costs_three_statements_however_many_there_are(world, statements):
    for number in range(5):
        world.channel(f"team.c{number}")
    everything = channels.listed()
    with statements() as asked:
        faring.farings(channels=everything, now=world.clock.now())
    assert len(asked) == 3
