"""What the timekeeper of a serving process obeys, and what it outlives."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.schema import CreateTable, DropTable

from tests.support.planning import rows_known
from tests.support.world import wait_for
from webapp.domain.job import Job
from webapp.extensions import db
from webapp.jobs import begin, quiet
from webapp.models import planning
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.job import Heartbeat, JobRun
from webapp.services.running import job_orders


def runs(world):
    world.session.rollback()
    return [(row.job, row.done, row.failed, row.error) for row in world.session.scalars(select(JobRun))]


# --- what an administrator orders -----------------------------------------------------------------------------------


@pytest.fixture
def order(world):
    """Order something of a job, as an administrator does."""

    def give(what, job="dispatcher", **told):
        getattr(job_orders, what)(job=job, by="ada", now=world.clock.now(), **told)

    return give


def interval(keeper, name="dispatcher"):
    return keeper._scheduler.get_job(name).trigger._step.total_seconds()


def test_another_interval_is_taken_up_without_a_restart_and_given_up_again(world, ticking, order):
    order("change", every_s=30, batch=7)
    wait_for(lambda: interval(ticking) == 30)
    assert interval(ticking, "resender") == 0.05
    order("change", every_s=None, batch=None)
    wait_for(lambda: interval(ticking) == 0.05)


def test_a_paused_dispatcher_makes_no_first_try_though_a_post_wakes_it(world, ticking, order, monkeypatch):
    monkeypatch.setattr(quiet, "NOTED_EVERY_S", 0)
    world.execute(update(Channel).values(immediate=True))
    order("pause", reason="The mail server moves")
    time.sleep(0.2)  # until a run that was under way has ended
    passes = dispatcher_passes(world)
    world.post()
    time.sleep(0.5)  # ten intervals
    assert world.states() == ["queued"]
    assert dispatcher_passes(world) == passes, "nor does it say it ran"
    order("resume")
    wait_for(lambda: world.states() == ["sent"])


def dispatcher_passes(world):
    world.session.rollback()
    return sum(run.passes for run in world.session.scalars(select(JobRun).where(JobRun.job == "dispatcher")))


def test_a_paused_resender_tries_nothing_again_but_frees_what_a_dead_process_held(world, ticking, order):
    order("pause", "resender", reason="The mail server moves")
    world.post()
    wait_for(lambda: world.states() == ["sent"])
    gone = world.clock.now() - timedelta(seconds=1)
    dead = {"state": "sending", "lease_token": "T" * 26, "lease_until": gone, "started_at": gone}
    world.execute(update(Delivery).values(dead))
    world.clock.advance(10)
    wait_for(lambda: world.states() == ["retrying"])
    time.sleep(0.3)
    assert world.states() == ["retrying"]
    order("resume", "resender")
    wait_for(lambda: world.states() == ["sent"])


def test_a_pause_is_over_by_itself(world, ticking, order):
    order("pause", reason="For a minute", until=world.clock.now() + timedelta(minutes=1))
    world.post()
    time.sleep(0.3)
    assert world.states() == ["queued"]
    world.clock.advance(60)
    wait_for(lambda: world.states() == ["sent"])


def test_a_run_that_a_person_asked_for_is_made_at_once_and_told_as_theirs(world, app, order):
    told = {"jobs": ("dispatcher", "truncation"), "dispatch_every": 3600}
    app.extensions["belfry"].settings._values.update(told)
    keeper = begin(app)
    try:
        wait_for(lambda: world.count(Heartbeat) == 1)
        world.post("emil", "edith")
        for job in ("dispatcher", "truncation"):
            order("run_now", job)
        wait_for(lambda: len(runs(world)) == 2)
        assert sorted(runs(world)) == [("dispatcher", 2, 0, None), ("truncation", 0, 0, None)]
        assert {row.trigger for row in world.session.scalars(select(JobRun))} == {"person"}
    finally:
        keeper.stop()


def test_what_comes_due_while_a_person_s_run_is_under_way_does_not_wait_for_its_end(world, ticking):
    ticking._by_hand.add(Job.DISPATCHER)
    world.post()
    wait_for(lambda: world.states() == ["sent"])


# --- what it outlives -----------------------------------------------------------------------------------------------


def test_a_scheduler_whose_thread_has_died_is_replaced(world, ticking, monkeypatch, caplog):
    def die(_self):
        raise RuntimeError("out of threads")

    with monkeypatch.context() as patch:
        patch.setattr(ticking._scheduler, "_process_jobs", lambda: die(None))
        patch.setattr("threading.excepthook", lambda _told: None)
        dead = ticking._scheduler
        dead.wakeup()
        wait_for(lambda: not dead.alive)
    world.post()
    wait_for(lambda: "The scheduler's thread has died" in caplog.text)
    wait_for(lambda: world.states() == ["sent"])


def test_a_scheduler_that_has_not_run_what_it_should_have_is_woken(world, ticking, monkeypatch, caplog):
    monkeypatch.setattr("webapp.jobs.keeper._STALLED_AFTER_S", 0.2)
    far = datetime.now(UTC) + timedelta(hours=25)
    for job in ("dispatcher", "resender"):
        ticking._scheduler.modify_job(job, next_run_time=far)
    world.post()
    wait_for(lambda: "it is woken" in caplog.text)
    wait_for(lambda: world.states() == ["sent"])


def test_a_clock_that_was_set_makes_the_timetable_be_computed_anew(world, ticking, monkeypatch, caplog):
    far = datetime.now(UTC) + timedelta(hours=25)
    monkeypatch.setattr(ticking._drift, "_wall", lambda: datetime.now(UTC) - timedelta(hours=25))
    for job in ("dispatcher", "resender"):
        ticking._scheduler.modify_job(job, next_run_time=far)
    wait_for(lambda: "The clock was set by -90000 s" in caplog.text)
    wait_for(lambda: ticking._scheduler.get_job("dispatcher").next_run_time < far)
    world.post()
    wait_for(lambda: world.states() == ["sent"])


def test_a_database_that_is_away_stops_neither_the_watch_nor_the_pipeline(world, ticking, caplog):
    table = db.metadata.tables["job"]
    world.execute(DropTable(table))
    wait_for(lambda: "The watch could not do all it should" in caplog.text)
    world.execute(CreateTable(table))
    world.post()
    wait_for(lambda: world.states() == ["sent"])


def test_after_a_very_large_post_the_database_counts_anew(world, ticking, monkeypatch):
    monkeypatch.setattr(planning, "LARGE", 2)
    world.post("emil", "edith")
    wait_for(lambda: rows_known(world.session) >= 2)
