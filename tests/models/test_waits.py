"""Waits that people chose are over by a word of theirs, and no others are."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.looking import analyze, looked_at
from webapp.database import writing
from webapp.domain import signals
from webapp.domain.job import Job
from webapp.domain.reason import Reason
from webapp.models import waits
from webapp.models.delivery import Delivery

CHOSEN = [Reason.QUIET_HOURS, Reason.DIGESTED, Reason.IF_UNREAD]


@pytest.fixture
def waiting(world):
    """Emil's delivery, which is due in an hour; returns when it is due once ``call`` has come."""
    world.post()

    def due_after(call, **columns):
        now = world.clock.now()
        world.execute(update(Delivery).values(due_at=now + timedelta(hours=1), **columns))
        with writing(world.session) as session:
            call(session, now)
        return world.row.due_at - now

    return due_after


def of(world, *, user_id=None):
    return lambda session, now: waits.decide_again_for(session, user_id=user_id or world.row.user_id, now=now)


def on(world, *, channel_id=None):
    id_ = channel_id or world.row.channel_id
    return lambda session, now: waits.decide_again_on(session, channel_id=id_, now=now)


@pytest.mark.parametrize("state", ["queued", "retrying"])
@pytest.mark.parametrize("whose", [of, on])
def test_only_what_waits_by_choice_is_due(world, waiting, whose, state):
    for reason in CHOSEN:
        assert not waiting(whose(world), state=state, reason=reason.value)
    for reason in (None, Reason.NOT_YET.value, Reason.SERVER_BUSY.value):
        assert waiting(whose(world), state=state, reason=reason)
    assert waiting(whose(world), state="sending", reason=CHOSEN[0].value)
    assert world.moves() == [(None, "queued")], "it waits as before, only no longer"


def test_nobody_else_s_is(world, waiting):
    for call in (of(world, user_id=999), on(world, channel_id=999)):
        assert waiting(call, reason=CHOSEN[0].value)


def test_what_tries_it_hears_of_it(world, waiting):
    heard = []

    def hear(_sender, *, job, **_more):
        heard.append(job)

    with signals.due.connected_to(hear):
        for state in ("queued", "retrying", "held"):
            waiting(of(world), state=state, reason=CHOSEN[0].value)
    assert heard == [Job.DISPATCHER, Job.RESENDER]


def test_they_are_found_by_an_index_and_locked_in_order(world, database_kind):
    world.post(*world.crowd(300))
    analyze(world.session)
    now, user_id = world.clock.now(), world.rows()[0].user_id
    calls = {
        lambda session: waits.decide_again_for(session, user_id=user_id, now=now): "ix_delivery_group",
        lambda session: waits.decide_again_on(session, channel_id=1, now=now): "ix_delivery_queued",
    }
    for call, index in calls.items():
        queued, retrying = looked_at(world.session, call)
        assert index in queued.plan, queued
        assert "ix_delivery_" in retrying.plan, retrying
        locks = ["ORDER BY delivery.id"] + ["FOR UPDATE SKIP LOCKED"] * (database_kind == "postgresql")
        assert all(lock in " ".join(queued.statement.split()) for lock in locks)
