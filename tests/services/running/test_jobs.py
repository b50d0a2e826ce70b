"""The jobs as people see them."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.services.running import job_orders, jobs
from webapp.services.running.jobs import Numbers

DISPATCHER = {"dispatcher": Numbers(2.0, 200)}


@pytest.fixture
def note(world):
    def run(job="dispatcher", **told):
        at = world.clock.now()
        jobs.note_run(job=job, process="p", started_at=at, ended_at=at, counts=told.pop("counts", {}), **told)

    return run


def test_each_job_with_its_last_run_and_the_next(world, note):
    every = {"dispatcher": Numbers(2.0, 200), "resender": Numbers(0.0, 200), "truncation": Numbers(None, None)}
    now = world.clock.now()
    assert [(job.name, job.last, job.next_at) for job in jobs.listed(numbers=every, now=now)] == [
        ("dispatcher", None, None),
        ("resender", None, None),
        ("truncation", None, datetime(2026, 3, 3, 3, 0, tzinfo=UTC)),
    ]
    note(counts={"sent": 3, "filtered": 1, "retrying": 2, "undeliverable": 1, "unknown": 1})
    note("resender", error="no")
    dispatcher, resender, _ = jobs.listed(numbers=every, now=now)
    assert (dispatcher.last.done, dispatcher.last.failed) == (4, 4)
    assert dispatcher.next_at == now + timedelta(seconds=2)
    assert (resender.last.error, resender.next_at) == ("no", None)
    [late] = jobs.listed(numbers=DISPATCHER, now=now + timedelta(hours=1))
    assert late.next_at == now + timedelta(hours=1), "it is due now, not an hour ago"


def test_the_last_run_is_told_whatever_process_it_was_in(world, note):
    note(counts={"sent": 1})
    started_at = world.clock.advance(2)
    jobs.note_run(
        job="dispatcher", process="q", started_at=started_at, ended_at=world.clock.advance(1), counts={"sent": 2},
    )  # fmt: skip
    [dispatcher] = jobs.listed(numbers=DISPATCHER, now=world.clock.now())
    assert dispatcher.last == jobs.Run("q", "timer", started_at, world.clock.now(), 1, 2, 0, None)


def test_passes_that_found_nothing_are_one_run_until_one_fails(world, note):
    def last():
        [job] = jobs.listed(numbers=DISPATCHER, now=world.clock.now())
        return job.last.passes, job.last.error

    for _ in range(3):
        note()
    assert last() == (3, None)
    note(error="OperationalError: database is locked")
    assert last() == (1, "OperationalError: database is locked")
    note()
    assert last() == (1, None)


def test_truncation_is_next_at_three(world):
    for hour, day in ((2, 2), (3, 3), (23, 3)):
        [job] = jobs.listed(numbers={"truncation": Numbers(None, None)}, now=datetime(2026, 3, 2, hour, tzinfo=UTC))
        assert job.next_at == datetime(2026, 3, day, 3, tzinfo=UTC)


def test_who_runs_them(world):
    def beat(process):
        jobs.beat(process=process, host="host", pid=7, jobs=("dispatcher", "resender"), now=world.clock.now())

    beat("a")
    world.clock.advance(30)
    beat("b")
    world.clock.advance(30)
    found = jobs.runners(now=world.clock.now())
    assert [(one.alive, one.jobs) for one in found] == [
        (True, ("dispatcher", "resender")),
        (False, ("dispatcher", "resender")),
    ]
    world.clock.advance(timedelta(days=1, seconds=1))
    beat("c")
    assert len(jobs.runners(now=world.clock.now())) == 1


def test_who_was_alive_by_a_clock_that_has_gone_back_is_not(world):
    jobs.beat(process="a", host="h", pid=1, jobs=("dispatcher",), now=world.clock.now() + timedelta(hours=2))
    assert [one.alive for one in jobs.runners(now=world.clock.now())] == [False]
    jobs.beat(process="b", host="h", pid=2, jobs=("dispatcher",), now=world.clock.now() + timedelta(days=30))
    jobs.beat(process="c", host="h", pid=3, jobs=("dispatcher",), now=world.clock.now())
    assert [(one.pid, one.alive) for one in jobs.runners(now=world.clock.now())] == [(3, True)]


def test_a_process_that_came_back_under_its_old_name_runs_what_it_runs_now(world):
    for names in (("dispatcher", "resender"), ("truncation",)):
        jobs.beat(process="box:7", host="box", pid=7, jobs=names, now=world.clock.now())
    [runner] = jobs.runners(now=world.clock.now())
    assert runner.jobs == ("truncation",)


def test_what_may_run_once_only(world):
    now = world.clock.now()
    assert jobs.may_run_alone(job="truncation", process="a", now=now, for_s=60)
    assert not jobs.may_run_alone(job="truncation", process="b", now=now, for_s=60)
    assert jobs.may_run_alone(job="other", process="b", now=now, for_s=60)
    jobs.no_longer_alone(job="truncation", process="a")
    assert jobs.may_run_alone(job="truncation", process="b", now=now, for_s=60)


def test_what_is_ordered_goes_before_the_settings(world, note):
    now = world.clock.now()
    note()
    job_orders.change(job="dispatcher", every_s=30, batch=5, by="ada", now=now)
    [job] = jobs.listed(numbers=DISPATCHER, now=now)
    assert (job.every_s, job.batch, job.usual, job.next_at) == (30, 5, Numbers(2.0, 200), now + timedelta(seconds=30))
    job_orders.pause(job="dispatcher", reason="Moving", by="ada", now=now)
    [job] = jobs.listed(numbers=DISPATCHER, now=now)
    assert (job.order.paused_reason, job.order.paused_by, job.next_at) == ("Moving", "ada", None)


def test_the_last_runs_of_a_job(world, note):
    for number in range(25):
        note(counts={"sent": number + 1})
        note("resender", counts={"sent": 100})
    assert [run.done for run in jobs.runs(job="dispatcher")] == list(range(25, 5, -1))
    assert len(jobs.runs(job="resender", limit=3)) == 3
