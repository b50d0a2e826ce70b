"""What administrators order of the jobs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.domain.envelope import Accepted
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.models.audit import AuditEvent
from webapp.services.running import dispatching, job_orders, jobs
from webapp.services.running.job_orders import NOTHING, Order


@pytest.fixture
def order(world):
    def give(what, job="dispatcher", **told):
        getattr(job_orders, what)(job=job, by="ada", now=world.clock.now(), **told)

    return give


@pytest.fixture
def audited(world):
    def look():
        world.session.rollback()
        rows = world.session.scalars(select(AuditEvent).where(AuditEvent.target.startswith("job:")))
        return [(row.what, row.who, row.target, row.reason) for row in rows]

    return look


def current(world, job="dispatcher"):
    return job_orders.order(job=job, now=world.clock.now())


def test_a_pause_with_its_reason_until_somebody_resumes_it(world, order, audited):
    order("pause", reason="  The mail server moves  ")
    assert current(world) == Order(paused_reason="The mail server moves", paused_at=world.clock.now(), paused_by="ada")
    assert current(world).paused
    assert not current(world, "resender").paused
    order("resume")
    assert current(world) == NOTHING
    assert audited() == [
        ("job paused", "ada", "job:dispatcher", "The mail server moves"),
        ("job resumed", "ada", "job:dispatcher", None),
    ]


def test_a_pause_may_end_by_itself(world, order):
    order("pause", reason="For an hour", until=world.clock.now() + timedelta(hours=1))
    world.clock.advance(3599)
    assert job_orders.is_paused(job="dispatcher", now=world.clock.now())
    world.clock.advance(1)
    assert current(world) == NOTHING
    with pytest.raises(Conflict, match="not paused"):
        order("resume")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"reason": "fine", "until": timedelta(0)}, "until"),
    ],
)
def test_a_pause_without_sense_is_refused(world, order, audited, told, field):
    if "until" in told:
        told = told | {"until": world.clock.now() + told["until"]}
    with pytest.raises(Refused) as refused:
        order("pause", **told)
    assert set(refused.value.problems) == {field}
    assert (current(world), audited()) == (NOTHING, [])


def test_numbers_within_their_bounds(world, order, audited):
    order("change", every_s=0.5 * 2, batch=10000)
    assert (current(world).every_s, current(world).batch) == (1, 10000)
    order("change", every_s=None, batch=None)
    assert current(world) == NOTHING
    assert len(audited()) == 2


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ({"every_s": 0.99, "batch": None}, {"every_s"}),
        ({"every_s": 86401, "batch": 0}, {"every_s", "batch"}),
        ({"every_s": float("nan"), "batch": 10001}, {"every_s", "batch"}),
        ({"every_s": -1, "batch": -1}, {"every_s", "batch"}),
    ],
)
def test_numbers_out_of_bounds_are_refused(order, told, fields):
    with pytest.raises(Refused) as refused:
        order("change", **told)
    assert set(refused.value.problems) == fields


def test_the_truncation_has_no_numbers(order):
    with pytest.raises(Refused, match="03:00"):
        order("change", "truncation", every_s=5, batch=None)


@pytest.mark.parametrize("what", ["run_now", "resume"])
def test_there_is_no_such_job(order, what):
    with pytest.raises(Missing, match="no job named “digest”"):
        order(what, "digest")


def test_a_run_is_asked_for_and_taken_on_once(world, order, audited):
    jobs.beat(process="p", host="h", pid=1, jobs=("dispatcher",), now=world.clock.now())
    order("run_now")
    assert current(world).wanted_at == world.clock.now()
    assert [job_orders.take_wanted(job="dispatcher") for _ in range(2)] == [True, False]
    assert not job_orders.take_wanted(job="resender")
    assert audited() == [("job run asked for", "ada", "job:dispatcher", None)]


def test_a_run_that_cannot_be_made_is_refused(world, order, audited):
    with pytest.raises(Conflict, match="No process runs the dispatcher"):
        order("run_now")
    jobs.beat(process="p", host="h", pid=1, jobs=("dispatcher",), now=world.clock.now())
    order("pause", reason="Moving")
    with pytest.raises(Conflict, match="paused: resume it first"):
        order("run_now")
    assert current(world).wanted_at is None


def test_a_pass_on_demand_obeys_a_pause(world, order):
    order("pause", reason="Moving")
    world.post()
    with pytest.raises(Conflict, match=r"The dispatcher is paused \(Moving\): resume it first"):
        dispatching.one_pass(engine=world.engine(), kinds=["dispatcher"])
    assert dispatching.one_pass(engine=world.engine(), kinds=["resender"]) == {}
    assert world.states() == ["queued"]


def test_a_batch_that_was_ordered_is_what_is_claimed_at_once(world, order):
    world.post(*world.crowd(5))
    order("change", every_s=None, batch=2)
    world.dispatch()
    tokens = {}
    for delivery in world.rows():
        [token] = {move.lease_token for move in world.ledger(delivery.id) if move.became == "sending"}
        tokens.setdefault(token, []).append(delivery.id)
    assert sorted(map(len, tokens.values())) == [1, 2, 2]


def test_what_was_claimed_but_not_handed_over_when_a_pause_came_goes_back(world, order):
    world.post(*world.crowd(3))
    world.mail.answer = lambda envelope: (order("pause", reason="Moving"), Accepted("250"))[1]
    world.dispatch(concurrency=1)
    assert sorted(world.states()) == ["queued", "queued", "sent"]
    assert {row.retries_left for row in world.rows()} == {4}
