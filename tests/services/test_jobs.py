"""The jobs as people see them."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.services import jobs


@pytest.fixture
def note(world):
    def run(job="dispatcher", **told):
        at = world.clock.now()
        jobs.note_run(job=job, process="p", started_at=at, ended_at=at, counts=told.pop("counts", {}), **told)

    return run


def test_each_job_with_its_last_run_and_the_next(world, note):
    every = {"dispatcher": 2.0, "resender": 0.0, "truncation": None}
    now = world.clock.now()
    assert [(job.name, job.last, job.next_at) for job in jobs.listed(every_s=every, now=now)] == [
        ("dispatcher", None, None),
        ("resender", None, None),
        ("truncation", None, datetime(2026, 3, 3, 3, 0, tzinfo=UTC)),
    ]
    note(counts={"sent": 3, "filtered": 1, "retrying": 2, "undeliverable": 1, "unknown": 1})
    note("resender", error="no")
    dispatcher, resender, _ = jobs.listed(every_s=every, now=now)
    assert (dispatcher.last.done, dispatcher.last.failed) == (4, 4)
    assert dispatcher.next_at == now + timedelta(seconds=2)
    assert (resender.last.error, resender.next_at) == ("no", None)
    [late] = jobs.listed(every_s={"dispatcher": 2.0}, now=now + timedelta(hours=1))
    assert late.next_at == now + timedelta(hours=1), "it is due now, not an hour ago"


def test_truncation_is_next_at_three(world):
    for hour, day in ((2, 2), (3, 3), (23, 3)):
        [job] = jobs.listed(every_s={"truncation": None}, now=datetime(2026, 3, 2, hour, tzinfo=UTC))
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


def test_what_may_run_once_only(world):
    now = world.clock.now()
    assert jobs.may_run_alone(job="truncation", process="a", now=now, for_s=60)
    assert not jobs.may_run_alone(job="truncation", process="b", now=now, for_s=60)
    assert jobs.may_run_alone(job="other", process="b", now=now, for_s=60)
