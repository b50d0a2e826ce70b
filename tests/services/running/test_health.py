"""Health: the database, this process's pipeline, and how long anything has been due."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from webapp.models.delivery import Delivery
from webapp.models.provider import Provider, ProviderHealth
from webapp.services.running import health, job_orders, jobs


@pytest.fixture
def check(world):
    def run(**told):
        usual = {"dispatches": True, "uptime_s": 100.0, "turned_s_ago": 1.0, "oldest_due_s": 300, "oldest_held_s": 600}
        return health.check(now=world.clock.now(), **usual | told)

    return run


def test_all_is_well(world, check):
    assert check() == health.Health(True, "ok", None, None, None, (), ())
    jobs.beat(process="p", host="h", pid=1, jobs=("dispatcher",), now=world.clock.now())
    jobs.beat(process="q", host="h", pid=2, jobs=("truncation",), now=world.clock.advance(5))
    world.post(at=world.clock.now() + timedelta(hours=1))
    assert check() == health.Health(True, "ok", 5.0, None, None, (), ())


def test_a_heartbeat_of_a_clock_that_has_gone_back_counts_for_nothing(world, check):
    jobs.beat(process="p", host="h", pid=1, jobs=("dispatcher",), now=world.clock.now() + timedelta(days=30))
    assert check().dispatcher_heartbeat_age is None
    jobs.beat(process="q", host="h", pid=2, jobs=("dispatcher",), now=world.clock.now() - timedelta(seconds=40))
    assert check().dispatcher_heartbeat_age == 40


def test_a_pipeline_that_does_not_move_is_told_after_the_grace(check):
    for turned, uptime, ok in ((60.0, 100.0, True), (60.1, 100.0, False), (None, 100.0, False), (None, 60.0, True)):
        assert check(turned_s_ago=turned, uptime_s=uptime).ok is ok
    assert check(turned_s_ago=None, dispatches=False).ok


def test_what_has_been_due_for_long(world, check):
    world.post()
    world.clock.advance(300)
    assert check() == health.Health(True, "ok", None, 300.0, None, (), ())
    world.clock.advance(1)
    late = check()
    assert (late.ok, late.oldest_due_age, late.problems) == (False, 301.0, ("A delivery has been due for 301 s.",))
    assert check(dispatches=False).ok, "another process's work"
    world.dispatch()
    assert check().ok


@pytest.mark.parametrize(("state", "seen"), [("queued", True), ("retrying", True), ("held", False), ("sent", False)])
def test_only_what_waits_for_the_engine_can_be_late(world, check, state, seen):
    world.post()
    world.execute(update(Delivery).values(state=state))
    world.clock.advance(42)
    assert check().oldest_due_age == (42 if seen else None)


def test_the_oldest_of_all_that_is_due_is_told(world, check):
    world.post("emil", "edith")
    first, second = world.rows()
    later = world.clock.now() + timedelta(seconds=20)
    world.execute(update(Delivery).where(Delivery.id == first.id).values(state="retrying"))
    world.execute(update(Delivery).where(Delivery.id == second.id).values(due_at=later))
    world.clock.advance(50)
    assert check().oldest_due_age == 50


def test_what_has_been_held_for_long(world, check):
    world.post()
    world.execute(update(Delivery).values(state="held"))
    world.clock.advance(600)
    assert (check().ok, check().oldest_held_age, check().oldest_due_age) == (True, 600, None)
    world.clock.advance(1)
    assert check().problems == ("A delivery has been held for 601 s.",)
    assert check(dispatches=False).ok


@pytest.mark.parametrize(
    ("job", "state", "ok"),
    [
        ("dispatcher", "queued", True),
        ("dispatcher", "retrying", False),
        ("resender", "retrying", True),
        ("resender", "queued", False),
        ("dispatcher", "held", False),
    ],
)
def test_what_a_person_has_paused_may_wait(world, check, job, state, ok):
    world.post()
    world.execute(update(Delivery).values(state=state))
    job_orders.pause(job=job, reason="The mail server moves", by="ada", now=world.clock.now())
    world.clock.advance(1000)
    assert (check().ok, check().paused) == (ok, (job,))
    assert 1000 in (check().oldest_due_age, check().oldest_held_age), "told all the same"


def test_a_database_that_is_away(world, check, monkeypatch):
    def fail(*_told, **_more):
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(health.db.session, "scalar", fail)
    monkeypatch.setattr(health, "_measure", fail)
    told = check()
    assert (told.ok, told.database) == (False, "away")
    assert told.problems == ("The database does not answer: OperationalError.",)


@pytest.mark.parametrize("why", ["its provider keeps to a pace", "its far side asked for a rest"])
def test_what_waits_because_somebody_wants_it_so_is_told_and_turns_nothing_red(world, check, why):
    world.post()
    world.clock.advance(400)
    assert not check().ok
    if "pace" in why:
        world.execute(update(Provider).values(settings={"per_minute": 1}))
    else:
        world.execute(update(ProviderHealth).values(rests_until=world.clock.now() + timedelta(seconds=60)))
    assert (check().ok, check().oldest_due_age) == (True, 400.0)
