"""So many at once, so many a minute: by whichever process, and with nobody else kept waiting."""

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from tests.support.pausing import DOWN, a_pass
from tests.support.world import elapsed, wait_for
from webapp.delivery.gate import Gate
from webapp.delivery.lot import Account, EngineSettings, Finished, Kind
from webapp.delivery.resident import Resident
from webapp.delivery.routes import Route
from webapp.domain.clock import Clock
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery, Move
from webapp.models.provider import Provider, ProviderHealth, ProviderHour


def bound(world, provider=1, **settings):
    world.execute(update(Provider).where(Provider.id == provider).values(settings=settings))


def paced_until(world):
    return world._all(select(table_of(ProviderHealth).c.paced_until))[0][0]


# --- at once ---


@pytest.mark.parametrize(("bounds", "most"), [({"at_once": 3}, 3), ({"at_once": ""}, 5), ({}, 5)])
def test_as_many_at_once_as_the_provider_is_set_up_for(world, by_hand, people, bounds, most):
    bound(world, **bounds)
    world.mail.hold()
    world.post(*people[:10])
    process = by_hand(concurrency=5)
    process.until(lambda: world.mail.held == most)
    process.pipeline.turn()
    world.mail.release()
    process.until_at_rest()
    assert (world.mail.most_held, Counter(world.states())) == (most, {"sent": 10})


def test_nothing_is_started_ahead_of_what_must_not_be(clock):
    """Else what must not be would be passed over for as long as more comes."""
    account = Account(1, "email-main", "file", "email", 1, {"at_once": 2}, "")
    taken = Finished(SimpleNamespace(account=account), SimpleNamespace(outcome=Accepted()))
    hand = SimpleNamespace(ended=[taken] * 2, room=lambda most: Counter({key: n - 2 for key, n in most.items()}))
    gate = Gate(None, {"email": Route(account)}, hand, EngineSettings(), clock.now())
    often, once = (SimpleNamespace(account=account, probe=False, may_be_repeated=may) for may in (True, False))
    assert gate.within_room([often] * 9) == ([often] * 4, [often] * 5)
    assert gate.within_room([once, *[often] * 9]) == ([], [once, *[often] * 9])
    hand.room = lambda most: Counter({key: n - 1 for key, n in most.items()})
    assert gate.within_room([once, *[often] * 9]) == ([once], [often] * 9)


# --- a minute ---


def test_two_processes_keep_to_one_pace(world, by_hand, people):
    bound(world, per_minute=60)
    world.post(*people)
    processes, begun = [by_hand(), by_hand()], world.clock.now()
    while len(world.mail.sent) < 40:
        for process in processes:
            process.until_at_rest()
        passed_s = elapsed(begun, world.clock.now())
        assert passed_s <= len(world.mail.sent) <= passed_s + 2
        world.clock.advance(0.25)
    assert {row.failures for row in world.rows()} == {0}


def test_what_waits_for_its_turn_waits_in_the_queue(world, people, statements):
    bound(world, per_minute=1)
    world.post(*people)
    a_pass(world)
    assert Counter(world.states()) == {"sent": 1, "queued": 99}
    claims = world.count(Move)
    for _ in range(20):
        world.clock.advance(1)
        a_pass(world)
    assert (world.count(Move), len(world.mail.sent)) == (claims, 1), "nothing is claimed in vain"
    with statements() as asked:
        a_pass(world)
    assert not [one for one in asked if "INSERT INTO" in one or "UPDATE provider" in one]
    world.clock.advance(40)
    a_pass(world)
    assert len(world.mail.sent) == 2


def test_other_media_do_not_wait(world, people):
    bound(world, per_minute=1)
    world.channel("team.both", "email", "sms")
    world.provider("sms")
    world.person("theo", phone="+353861234567", phone_verified_at=world.clock.now())
    for _ in range(30):
        world.post("theo", channel="team.both")
    a_pass(world)
    assert (len(world.far["sms"].sent), len(world.mail.sent)) == (30, 1)


def test_one_that_crashed_waits_for_its_turn_and_keeps_nobody_else_waiting(world, by_hand, people):
    bound(world, per_minute=1)
    world.provider("sms")
    world.channel("team.sms", "sms")
    world.person("theo", phone="+353861234567", phone_verified_at=world.clock.now())
    world.post(people[0])
    a_pass(world)
    world.post(people[1])
    crashed = {"state": "retrying", "crashes": 1, "due_at": world.clock.now() - timedelta(seconds=300)}
    world.execute(update(Delivery).where(Delivery.state == "queued").values(crashed))
    world.post("theo", channel="team.sms")
    a_pass(world)
    assert (len(world.far["sms"].sent), len(world.mail.sent)) == (1, 1)
    world.clock.advance(61)
    by_hand().until(lambda: len(world.mail.sent) == 2, Kind.LATER)


def test_retries_count_and_neither_kind_starves_the_other(world, by_hand, people):
    bound(world, per_minute=60)
    world.post(*people)
    world.execute(
        update(Delivery).where(Delivery.id.in_([row.id for row in world.rows()[:50]])).values(state="retrying")
    )
    process = by_hand()
    process.pipeline.wake(Kind.LATER)
    for _ in range(20):
        process.until(lambda: process.pipeline.at_rest)
        world.clock.advance(1)
    tried = Counter(move.by for row in world.rows() for move in world.ledger(row.id) if move.became == "sent")
    assert min(tried["dispatcher"], tried["resender"]) >= 5


def test_a_process_asleep_wakes_in_time(world, people):
    """Nobody wakes it: neither a job, nor what has ended long ago."""
    bound(world, per_minute=3000)
    begun, start = time.monotonic(), world.clock.now()
    clock = Clock(lambda: start + timedelta(seconds=time.monotonic() - begun), time.monotonic)
    world.post(*people[:150])
    resident = Resident(replace(world.engine(), clock=clock), alive=lambda: None)
    resident.start()
    try:
        resident.wake(Kind.FRESH)
        wait_for(lambda: len(world.mail.sent) == 100)
    finally:
        resident.stop()


def test_a_failed_try_uses_its_share_and_nothing_more(world, people):
    bound(world, per_minute=120)
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451")
    world.post(*people[:3])
    a_pass(world)
    assert len(world.mail.sent) == 3
    assert elapsed(world.clock.now(), paced_until(world)) == pytest.approx(1.5)


def test_who_has_no_bound_pays_nothing(world, people, statements):
    world.post(*people)
    with statements() as asked:
        a_pass(world)
    assert paced_until(world) is None
    after = [asked[n + 1] for n, one in enumerate(asked) if "ORDER BY provider_health.provider_id" in one]
    assert after
    assert all("INTO provider_hour" in one for one in after), "no lock but to write down what has ended"


def test_deliveries_are_locked_before_providers_as_by_everybody(world, statements):
    """The other way round, this and the sweep of another process could wait for each other for ever."""
    bound(world, per_minute=60)
    world.post()
    with statements() as asked:
        a_pass(world)
    locks = next(n for n, one in enumerate(asked) if "ORDER BY provider_health.provider_id" in one)
    assert "lease_token" in asked[locks - 1]
    assert "mine AS" in asked[locks - 1], "and locks them, where the database locks rows"


def test_an_hour_s_tries_are_counted(world, people):
    world.mail.answer = [DOWN, DOWN]
    world.post(*people[:2])
    a_pass(world, concurrency=1)
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451")
    world.post(people[2])
    a_pass(world)
    [hour] = world._all(select(table_of(ProviderHour)))
    assert (hour.accepted, hour.failed) == (0, 3)
