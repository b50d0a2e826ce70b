"""Truncation: what goes after so many calendar months, what stays, and that nothing of it is left behind."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from webapp.database import writing
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Conflict
from webapp.domain.verification import Purpose
from webapp.models import forgetting, usage
from webapp.models import verification as rows
from webapp.models.allowance import Allowance
from webapp.models.api_token import ApiToken
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope, add_attempts
from webapp.models.job import JobRun, note_run
from webapp.models.message import Message, PostingKey, UserNotification
from webapp.models.provider import ProviderHour
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.services.running import job_orders, truncation
from webapp.services.running.truncation import Truncated, months_before, truncate

EVERYTHING = (Message, PostingKey, UserNotification, Delivery, Move, Envelope, Body, Attempt)


@pytest.fixture
def left(world):
    return lambda: [world.count(table) for table in EVERYTHING]


def run(world, **told):
    return truncate(now=world.clock.now(), keep_months=3, **told)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-05-31", 3, "2026-02-28"),
        ("2028-05-31", 3, "2028-02-29"),
        ("2026-05-30", 3, "2026-02-28"),
        ("2026-07-31", 1, "2026-06-30"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-03-31", 3, "2025-12-31"),
        ("2026-03-31", 15, "2024-12-31"),
        ("2026-03-31", 1200, "1926-03-31"),
    ],
)
def test_months_are_calendar_months(day, months, before):
    at = datetime.fromisoformat(day).replace(hour=3, minute=5, tzinfo=UTC)
    assert months_before(at, months) == datetime.fromisoformat(before).replace(hour=3, minute=5, tzinfo=UTC)


def test_all_of_it_goes_after_three_months_and_not_a_second_before(world, left):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "451"), Accepted()]
    world.post("emil", key="k")
    world.dispatch()
    world.clock.advance(60)
    world.retry()
    assert left() == [1, 1, 1, 1, 5, 1, 1, 2]
    posted_at = world.clock.now() - timedelta(seconds=60)
    world.clock.advance(posted_at.replace(month=6) - world.clock.now())
    assert run(world) == Truncated(0, dry_run=False)
    world.clock.advance(0.001)
    assert run(world, dry_run=True) == Truncated(1, dry_run=True)
    assert left() == [1, 1, 1, 1, 5, 1, 1, 2]
    assert run(world) == Truncated(1, dry_run=False)
    assert left() == [0] * 8
    world.post("emil", key="k")  # the key is free again


@pytest.mark.parametrize("state", ["queued", "sending", "retrying", "held"])
def test_what_is_still_to_be_sent_stays(world, left, state):
    world.post("emil", "edith")
    waiting, done = world.rows()
    world.execute(update(Delivery).where(Delivery.id == waiting.id).values(state=state))
    world.execute(update(Delivery).where(Delivery.id == done.id).values(state="sent"))
    world.clock.advance(timedelta(days=200))
    assert run(world).notifications == 1
    assert [row.id for row in world.rows()] == [waiting.id]
    assert world.count(Message) == 1


def test_what_is_starred_stays_with_its_message(world, left):
    world.post("emil", "edith")
    world.dispatch()
    world.execute(update(UserNotification).where(UserNotification.user_id == 2).values(starred=True))
    world.clock.advance(timedelta(days=200))
    assert run(world).notifications == 1
    assert left()[:4] == [1, 0, 1, 1]
    assert [row.user_id for row in world.rows()] == [2]


def test_what_was_scheduled_far_ahead_is_kept_from_when_it_is_visible(world):
    world.channel("team.board", media=())
    world.post(channel="team.board", at=world.clock.now() + timedelta(days=150))
    for days, gone in ((140, 0), (100, 0), (10, 1)):
        world.clock.advance(timedelta(days=days))
        assert run(world, dry_run=True).notifications == gone
    assert run(world).notifications == 1


def test_a_channel_may_keep_longer_or_shorter(world):
    world.channel("team.short", keep_months=1)
    world.channel("team.long", keep_months=12)
    for channel in ("team.news", "team.short", "team.long"):
        world.post(channel=channel)
    world.dispatch()
    for days, gone in ((40, 1), (60, 1), (300, 1)):
        world.clock.advance(timedelta(days=days))
        assert run(world).notifications == gone


def test_a_shared_body_stays_while_somebody_has_it(world):
    world.post("emil")
    world.dispatch()
    world.clock.advance(timedelta(days=60))
    world.post("emil")
    world.dispatch()
    world.clock.advance(timedelta(days=40))
    assert run(world).notifications == 1
    assert (world.count(Body), world.count(Envelope)) == (1, 1)


def test_it_goes_in_batches(world, monkeypatch, statements, left):
    monkeypatch.setattr(truncation, "BATCH", 10)
    world.post(*world.crowd(25))
    world.execute(update(Delivery).values(state="sent"))
    world.clock.advance(timedelta(days=200))
    with statements() as asked:
        assert run(world).notifications == 25
    assert sum("DELETE FROM user_notification" in statement for statement in asked) == 3
    assert left() == [0] * 8


def test_what_fails_on_one_channel_keeps_nothing_else_from_going(world, monkeypatch, caplog):
    fails, delete_old = world.channel("team.fails"), forgetting.delete_old
    world.channel("team.later")
    with writing(world.session) as session:
        rows.begin(session, user_id=1, phone="+3531", purpose=Purpose.PHONE, now=world.clock.now())
    for channel in ("team.news", "team.fails", "team.later"):
        world.post(channel=channel)
    world.dispatch()
    world.clock.advance(timedelta(days=200))

    def delete(session, *, channel_id, **told):
        if channel_id == fails:
            raise ZeroDivisionError("oops")
        return delete_old(session, channel_id=channel_id, **told)

    monkeypatch.setattr(forgetting, "delete_old", delete)
    with pytest.raises(ZeroDivisionError):
        run(world)
    assert [row.channel_id for row in world.rows()] == [fails]
    assert world.count(Verification) == 0
    assert "What is old on team.fails could not all be deleted: oops" in caplog.text
    monkeypatch.setattr(forgetting, "delete_old", delete_old)
    assert run(world).notifications == 1


def test_nothing_to_do_writes_nothing(world, statements):
    world.post()
    with statements() as asked:
        assert run(world, dry_run=True).notifications == run(world).notifications == 0
    assert not [one for one in asked for writes in ("DELETE FROM", " SET ", "INSERT INTO") if writes in one]


def test_a_channel_that_keeps_nothing_special_uses_the_setting(world):
    world.post()
    world.dispatch()
    world.execute(update(Channel).values(keep_months=None))
    world.clock.advance(timedelta(days=40))
    assert truncate(now=world.clock.now(), keep_months=1).notifications == 1


def test_the_providers_tests_go_in_batches_too_and_the_last_runs_stay(world, monkeypatch):
    monkeypatch.setattr(truncation, "BATCH", 2)
    world.post()
    world.dispatch()
    [tried] = world.attempts()
    test = tried._asdict() | {"envelope_id": None, "delivery_id": None}
    del test["id"]
    world.execute(update(Delivery).values(state="held"))  # so that its notification stays, with its own try
    at = world.clock.now()
    with writing(world.session) as session:
        for number in range(5):
            note_run(
                session, job="dispatcher", process=f"host:{number}", trigger="timer", started_at=at, ended_at=at,
                done=1, failed=0, error=None,
            )  # fmt: skip
        add_attempts(session, [test] * 5)
    for months, dry_run, left in ((2, False, (5, 6)), (4, True, (5, 6)), (4, False, (5, 1))):
        told = truncate(now=at + timedelta(days=31 * months), keep_months=3, dry_run=dry_run)
        assert told == Truncated(0, dry_run=dry_run)
        assert (world.count(JobRun), world.count(Attempt)) == left
    assert world.attempts()[0].envelope_id == tried.envelope_id


def test_a_week_later_only_the_last_twenty_runs_of_each_job_are_left(world, monkeypatch):
    monkeypatch.setattr(truncation, "BATCH", 7)
    at = world.clock.now()

    def note(job, times, at):
        with writing(world.session) as session:
            for number in range(times):
                note_run(
                    session, job=job, process="p", trigger="timer", started_at=at, ended_at=at, done=number + 1,
                    failed=0, error=None,
                )  # fmt: skip

    def left(job):
        world.session.rollback()
        return [run.done for run in world.session.scalars(select(JobRun).where(JobRun.job == job).order_by(JobRun.id))]

    note("truncation", 3, at)
    note("dispatcher", 50, at)
    truncate(now=at + timedelta(days=7), keep_months=3)
    assert len(left("dispatcher")) == 50, "not older than a week"
    truncate(now=at + timedelta(days=7, seconds=1), keep_months=3)
    assert left("dispatcher") == list(range(31, 51))
    assert left("truncation") == [1, 2, 3]
    note("dispatcher", 20, at + timedelta(days=7))
    truncate(now=at + timedelta(days=8), keep_months=3)
    assert len(left("dispatcher")) == 20


def test_while_it_is_paused_it_only_counts(world, left):
    world.post()
    world.dispatch()
    world.clock.advance(timedelta(days=100))
    job_orders.pause(job="truncation", reason="Under audit", by="ada", now=world.clock.now())
    before = left()
    with pytest.raises(Conflict, match=r"The truncation is paused \(Under audit\): resume it first."):
        run(world)
    assert left() == before
    assert run(world, dry_run=True) == Truncated(1, dry_run=True)


def test_codes_go_a_day_after_they_expired(world):
    edith = world.session.scalar(select(User.id).where(User.username == "edith"))
    begun = {"user_id": edith, "phone": "+3531"}
    with writing(world.session) as session:
        rows.begin(session, purpose=Purpose.PHONE, now=world.clock.now(), **begun)
    world.clock.advance(truncation.CODES_KEPT)
    with writing(world.session) as session:
        rows.begin(session, purpose=Purpose.SIGN_IN, now=world.clock.now(), **begun)
    truncation.truncate(now=world.clock.now(), keep_months=3)
    assert world.count(Verification) == 2
    world.clock.advance(1)
    truncation.truncate(now=world.clock.now(), keep_months=3)
    assert [row.purpose for row in world.session.scalars(select(Verification))] == [Purpose.SIGN_IN]


def test_tokens_go_when_they_have_ended_for_so_long(world):
    now, owner = world.clock.now(), world.session.scalar(select(User.id).where(User.username == "edith"))
    long, lately = now - timedelta(days=100), now - timedelta(days=80)
    ends = {"good": {}, "expired": {"expires_at": long}, "revoked": {"revoked_at": long},
            "just expired": {"expires_at": lately}, "just revoked": {"revoked_at": lately}}  # fmt: skip
    with writing(world.session) as session:
        session.add_all(
            ApiToken(token_hash=name, begins="bel_", name=name, user_id=owner, scopes=[], created_at=long,
                     created_by="ada", **ended)
            for name, ended in ends.items()
        )  # fmt: skip
    truncate(now=now, keep_months=3)
    assert set(world.session.scalars(select(ApiToken.name))) == {"good", "just expired", "just revoked"}


def test_what_was_allowed_is_forgotten_after_a_day(world):
    now = world.clock.now()
    with writing(world.session) as session:
        for key, hours in (("posts:ada", 23), ("posts:emil", 25)):
            session.add(Allowance(key=key, since=now - timedelta(hours=hours), used=1))
    truncate(now=now, keep_months=3)
    assert world.session.scalars(select(Allowance.key)).all() == ["posts:ada"]


def test_how_tries_went_is_forgotten_after_eight_days(world):
    now = world.clock.now()
    with writing(world.session) as session:
        for days in (7.9, 8.1, 100):
            usage.count_tries(session, provider_id=1, at=now - timedelta(days=days), accepted=1, failed=0)
    truncate(now=now, keep_months=3)
    assert world.count(ProviderHour) == 1
