"""Runs, heartbeats and the leases of what runs only once at a time."""

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import select

from webapp.database import writing
from webapp.extensions import db
from webapp.models.job import (
    Heartbeat,
    JobRun,
    beat,
    change_order,
    give_lease_back,
    note_run,
    orders,
    take_lease,
    take_wanted,
)


def test_one_of_many_takes_a_lease_that_nobody_had(world, app):
    now, got, begin = world.clock.now(), [], Barrier(8)

    def work(holder):
        with app.app_context():
            begin.wait()
            with writing(db.session) as session:
                got.append(take_lease(session, name="truncation", holder=holder, now=now, until=now + timedelta(1)))
            db.session.remove()

    threads = [Thread(target=work, args=(f"p{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]


def test_a_lease_is_kept_by_its_holder_and_taken_over_when_it_is_over(world):
    now = world.clock.now()

    def take(holder, after):
        at = now + timedelta(seconds=after)
        with writing(world.session) as session:
            return take_lease(session, name="x", holder=holder, now=at, until=at + timedelta(seconds=60))

    assert [take("a", 0), take("b", 1), take("a", 30), take("b", 89), take("b", 90), take("a", 91)] == [
        True, False, True, False, True, False,
    ]  # fmt: skip


def test_a_lease_that_a_clock_began_which_has_since_gone_back_is_free(world):
    now = world.clock.now()

    def take(holder, ahead):
        at = now + timedelta(seconds=ahead)
        with writing(world.session) as session:
            return take_lease(session, name="x", holder=holder, now=at, until=at + timedelta(seconds=60))

    assert [take("a", 60), take("b", 0)] == [True, False], "clocks differ a little"
    assert [take("a", 61), take("b", 0)] == [True, True]


def test_a_lease_is_given_back_by_its_holder_alone(world):
    now, until = world.clock.now(), world.clock.now() + timedelta(seconds=60)
    for holder, free in (("b", False), ("a", True)):
        with writing(world.session) as session:
            take_lease(session, name="x", holder="a", now=now, until=until)
            give_lease_back(session, name="x", holder=holder)
            assert take_lease(session, name="x", holder="c", now=now, until=until) is free
            give_lease_back(session, name="x", holder="c")


def test_idle_passes_are_one_row(world):
    now = world.clock.now()

    def note(process="p", trigger="timer", done=0, failed=0, error=None):
        world.clock.advance(2)
        with writing(world.session) as session:
            note_run(
                session, job="dispatcher", process=process, trigger=trigger, started_at=now,
                ended_at=world.clock.now(), done=done, failed=failed, error=error,
            )  # fmt: skip

    for told in ({}, {}, {"done": 1}, {}, {}, {"trigger": "person"}, {"process": "q"}, {"error": "no"}, {}):
        note(**told)
    rows = world.session.scalars(select(JobRun).order_by(JobRun.id)).all()
    assert [(row.passes, row.done, row.trigger, row.process, row.error) for row in rows] == [
        (2, 0, "timer", "p", None), (1, 1, "timer", "p", None), (2, 0, "timer", "p", None),
        (1, 0, "person", "p", None), (1, 0, "timer", "q", None), (1, 0, "timer", "p", "no"),
        (1, 0, "timer", "p", None),
    ]  # fmt: skip
    assert (rows[0].ended_at - now).total_seconds() == 4


def test_a_heartbeat_is_one_row_a_process_and_the_dead_are_forgotten(world):
    def alive(process):
        now = world.clock.advance(10)
        with writing(world.session) as session:
            forget = now - timedelta(seconds=25)
            beat(session, process=process, host="h", pid=1, jobs="dispatcher", now=now, forget=forget)

    for process in ("a", "b", "b", "b"):
        alive(process)
    [row] = world.session.scalars(select(Heartbeat)).all()
    assert (row.process, (row.at - row.since).total_seconds()) == ("b", 20)


def test_what_is_ordered_of_a_job(world):
    now = world.clock.now()
    with writing(world.session) as session:
        change_order(session, "dispatcher", every_s=5, paused_reason="Moving", paused_until=now + timedelta(60))
        change_order(session, "dispatcher", batch=7)
        change_order(session, "resender", paused_reason="For ever")

    def look(after):
        with writing(world.session) as session:
            return orders(session, now + timedelta(after))

    assert set(look(0)) == {"dispatcher", "resender"}
    assert (look(0)["dispatcher"].every_s, look(0)["dispatcher"].batch) == (5, 7)
    assert [look(after)["dispatcher"].paused for after in (0, 59.9, 60)] == [True, True, False]
    assert look(60)["dispatcher"].paused_until is None, "what is over is not told"
    assert look(9999)["resender"].paused


def test_a_run_that_is_wanted_is_taken_on_by_one_of_many(world, app):
    with writing(world.session) as session:
        change_order(session, "dispatcher", wanted_at=world.clock.now())
    got, begin = [], Barrier(8)

    def work():
        with app.app_context():
            begin.wait()
            with writing(db.session) as session:
                got.append(take_wanted(session, "dispatcher"))
            db.session.remove()

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]
