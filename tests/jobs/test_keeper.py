"""The timekeeper: what runs in this process, how a run is written down, what it obeys, and that it outlives faults."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.schema import CreateTable, DropTable

from tests.support.pausing import alerts
from tests.support.world import wait_for
from webapp import create_app
from webapp.config import Settings
from webapp.database import writing
from webapp.extensions import db
from webapp.jobs import TIMETABLE, Timekeeper, begin, timekeeper
from webapp.jobs.quiet import NOTED_EVERY_S
from webapp.models import incident
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.job import Heartbeat, JobLease, JobRun
from webapp.models.message import Message, UserNotification
from webapp.models.provider import ProviderHealth
from webapp.services.queue import queue
from webapp.services.running import job_orders, jobs, truncation


@pytest.fixture
def keeper(app):
    """A timekeeper that has not been started: a test calls its jobs."""
    app.extensions["belfry"].settings._values["jobs"] = ("dispatcher", "resender", "truncation")
    return Timekeeper(app)


@pytest.fixture
def serving(app, world):
    """The same, at work."""
    app.extensions["belfry"].settings._values["jobs"] = ("dispatcher",)
    keeper = begin(app)
    yield keeper
    keeper.stop()


def run(keeper, name):
    keeper._run(next(timed for timed in TIMETABLE if timed.job == name))


def runs(world):
    world.session.rollback()
    return [(row.job, row.done, row.failed, row.error) for row in world.session.scalars(select(JobRun))]


@pytest.mark.parametrize(
    ("told", "here"),
    [
        ({}, ("dispatcher", "resender", "truncation")),
        ({"JOBS": "off"}, ()),
        ({"JOBS": "truncation"}, ("truncation",)),
        ({"DISPATCH_EVERY": "0"}, ("resender", "truncation")),
    ],
)
def test_what_runs_here(environment, clock, told, here):
    settings = environment | {"BELFRY_JOBS": "all"} | {f"BELFRY_{name}": value for name, value in told.items()}
    app = create_app(Settings.read(settings), clock)
    assert Timekeeper(app).jobs == here
    if not here:
        assert begin(app) is None
        with app.app_context():
            assert timekeeper() is None
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("job", "interval", "was", "act"),
    [
        ("dispatcher", "dispatch_every", "cancelled", queue.send_again),
        ("resender", "resend_every", "held", queue.retry_now),
    ],
)
def test_what_a_person_takes_up_anew_does_not_wait_for_the_next_run(app, world, job, interval, was, act):
    app.extensions["belfry"].settings._values |= {"jobs": (job,), interval: 3600.0}
    keeper = begin(app)
    world.post()
    world.execute(update(Delivery).values(state=was))
    act(ids=[world.row.id], by="olga", now=world.clock.now())
    wait_for(lambda: world.states() == ["sent"])
    keeper.stop()


def test_what_has_expired_does_not_wait_for_the_resender_s_next_run(app, world):
    app.extensions["belfry"].settings._values |= {"jobs": ("resender",), "resend_every": 3600.0}
    keeper = begin(app)
    wait_for(lambda: keeper._resident._pipeline._sweeps.due(world.clock.now() + timedelta(seconds=5)))
    world.post(ttl_s=10)
    world.clock.advance(10)
    wait_for(lambda: world.states() == ["cancelled"])
    keeper.stop()


def test_an_immediate_post_is_sent_at_once(world, serving):
    world.execute(update(Channel).values(immediate=True))
    world.post()
    wait_for(lambda: world.states() == ["sent"])
    with world.app.app_context():
        assert timekeeper() is serving
    wait_for(lambda: world.count(Heartbeat) == 1)
    assert serving.turned_s_ago == serving.uptime_s == 0, "by the clock that was handed in"


def test_the_timetable_hands_over_what_is_due_and_writes_it_down(world, ticking):
    world.post("emil", "edith")
    later = world.post(at=world.clock.now() + timedelta(seconds=1))
    wait_for(lambda: world.states() == ["sent", "sent", "queued"])
    wait_for(lambda: sum(done for name, done, _, _ in runs(world) if name == "dispatcher") == 2)
    assert [row.message_id for row in world.rows(state="queued")] == [later.id]
    world.clock.advance(1)
    wait_for(lambda: world.states() == ["sent"] * 3)


def test_the_timetable_tries_again_what_is_due_again(world, ticking):
    world.post()
    wait_for(lambda: world.states() == ["sent"])
    world.execute(update(Delivery).values(state="retrying"))
    wait_for(lambda: world.states() == ["sent"])
    wait_for(lambda: ("resender", 1, 0, None) in runs(world))


def test_the_watch_tells_administrators_of_what_is_untold(world, ticking):
    world.person("ada", role="admin")
    world.execute(update(ProviderHealth).values(paused_reason="AUTH"))
    with writing(world.session) as session:
        incident.begin(session, ["paused 1"], now=world.clock.now())
    wait_for(lambda: alerts(world) == ["email-main is paused, and nobody stands in"])
    wait_for(lambda: world.count(JobLease) == 1)  # of the hour's quiet


def test_a_failed_run_is_written_down_and_does_not_end_the_timetable(world, ticking, caplog):
    lease = db.metadata.tables["job_lease"]
    world.execute(DropTable(lease))
    run_now(ticking, "truncation")
    wait_for(lambda: ("truncation", 0, 0, "OperationalError: no such table: job_lease") in runs(world))
    assert "The job truncation failed" in caplog.text
    world.execute(CreateTable(lease))
    run_now(ticking, "truncation")
    wait_for(lambda: ("truncation", 0, 0, None) in runs(world))


def run_now(keeper, name):
    """Let the scheduler believe that its hour has come."""
    keeper._scheduler.modify_job(name, next_run_time=datetime.now(UTC))


def test_truncation_is_for_the_night(ticking):
    next_at = ticking._scheduler.get_job("truncation").next_run_time
    assert (next_at.hour, next_at.minute, next_at.utcoffset()) == (3, 0, timedelta(0))


def test_stopping_ends_the_thread_and_hears_of_no_more_posts(world, app):
    app.extensions["belfry"].settings._values["jobs"] = ("dispatcher",)
    keeper = begin(app)
    assert keeper is not None
    keeper.stop()
    assert not keeper._resident._thread.is_alive()
    world.execute(update(Channel).values(immediate=True))
    world.post()
    assert world.states() == ["queued"]


def test_a_run_is_written_down_and_so_is_its_failure(world, keeper, monkeypatch, caplog):
    run(keeper, "dispatcher")
    assert runs(world) == [("dispatcher", 0, 0, None)]

    def fail(**_told):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(truncation, "truncate", fail)
    run(keeper, "truncation")
    assert runs(world)[-1] == ("truncation", 0, 0, "ZeroDivisionError: oops")
    assert world.count(JobLease) == 0
    monkeypatch.setattr(jobs, "note_run", fail)
    world.clock.advance(NOTED_EVERY_S)
    run(keeper, "dispatcher")
    assert "not written down" in caplog.text


def test_a_truncation_counts_messages_that_nobody_had_a_copy_of(world, keeper, monkeypatch):
    monkeypatch.setattr(truncation, "truncate", lambda **_told: truncation.Truncated(2, dry_run=False, messages=3))
    run(keeper, "truncation")
    assert runs(world)[-1] == ("truncation", 5, 0, None)


def test_runs_that_find_nothing_are_written_down_together(world, keeper):
    for _ in range(3):
        run(keeper, "dispatcher")
    world.clock.advance(NOTED_EVERY_S)
    run(keeper, "dispatcher")
    [told] = world.session.scalars(select(JobRun))
    assert (told.passes, told.ended_at) == (4, world.clock.now())


def test_truncation_runs_in_one_process_only(world, keeper):
    world.post()
    world.execute(update(Delivery).values(state="sent"))
    # What is old, without a clock that has run ahead.
    old = world.clock.now() - timedelta(days=365)
    world.execute(update(UserNotification).values(created_at=old, visible_at=old))
    later = world.clock.now() + timedelta(hours=1)
    world.session.add(JobLease(name="truncation", holder="another", until=later))
    world.session.commit()
    run(keeper, "truncation")
    assert world.count(Message) == 1
    world.clock.advance(timedelta(hours=1))
    run(keeper, "truncation")
    assert world.count(Message) == 0
    assert [done for _, done, _, _ in runs(world)] == [0, 1]
    assert world.count(JobLease) == 0, "whoever is asked next need not wait for the hour's end"


def test_nothing_is_deleted_while_nobody_can_be_asked_whether_it_is_paused(world, keeper, monkeypatch):
    def away(**_told):
        raise OSError("The database is away")

    with monkeypatch.context() as patch:
        patch.setattr(job_orders, "is_paused", away)
        run(keeper, "truncation")
        assert runs(world) == []
        run(keeper, "dispatcher")
    assert runs(world) == [("dispatcher", 0, 0, None)]


def test_truncation_does_not_believe_a_clock_that_has_run_ahead(world, keeper, monkeypatch):
    world.post()
    world.execute(update(Delivery).values(state="sent"))
    world.clock.advance(timedelta(days=3650))
    monkeypatch.setattr(world.clock, "passed", lambda: 10.0)
    run(keeper, "truncation")
    assert world.count(Message) == 1
    assert "days ahead" in runs(world)[0][3]
