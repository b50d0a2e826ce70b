"""The queue's table: each statement of the engine's loop is served by the partial index that was made for it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.orm import Session

from tests.models.conftest import LEASE
from tests.support.world import World
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models import arrows, claims, holding, leases
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope

STATES = ["sent"] * 40 + ["queued", "retrying", "held", "sending"]
Plans = Callable[..., list[str]]


@pytest.fixture
def plans(world: World) -> Plans:
    """How the database goes about what is asked of the queue. Most rows are done with, as in life."""
    world.post(*world.crowd(len(STATES)))
    for row, state in zip(world.rows(), STATES, strict=True):
        world.execute(update(Delivery).where(Delivery.id == row.id).values(state=state, medium="email"))

    def explain(work: Callable[[Session], object], *, in_order: bool = False) -> list[str]:
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if not statement.startswith(("INSERT", "BEGIN", "SELECT EXISTS")):
                asked.append((statement, parameters))

        with writing(world.session) as session:
            event.listen(db.engine, "before_cursor_execute", note)
            work(session)
            event.remove(db.engine, "before_cursor_execute", note)
        return [_plan(world.session, statement, parameters, in_order=in_order) for statement, parameters in asked]

    return explain


def _plan(session: Session, statement: str, parameters: Any, *, in_order: bool) -> str:
    with writing(session):
        connection, words = session.connection(), "EXPLAIN QUERY PLAN"
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            # Of so few rows it costs the same to sort what another index gives.
            connection.execute(text(f"SET LOCAL enable_sort = {'off' if in_order else 'on'}"))
            words = "EXPLAIN"
        return "\n".join(map(str, connection.exec_driver_sql(f"{words} {statement}", parameters)))


@pytest.mark.parametrize("kind", [S.QUEUED, S.RETRYING])
@pytest.mark.parametrize(("only", "index"), [("email", "ix_delivery_{}"), ("webhook", "ix_delivery_{}_subscriber")])
def test_a_claim(world, plans, kind, only, index):
    now = world.clock.now()
    made = claims.Claim(due=now, now=now, token="t", until=now, by="me")
    plan, *_ = plans(lambda session: claims.claim(session, kind, made, limit=9, only=only, busy={7}), in_order=True)
    assert f"{index.format(kind)} " in plan


@pytest.mark.parametrize("kind", [S.QUEUED, S.RETRYING])
def test_a_claim_of_what_crashed(world, plans, kind):
    now = world.clock.now()
    made = claims.Claim(due=now, now=now, token="t", until=now, by="me")
    plan, *_ = plans(lambda session: claims.claim_crashed(session, kind, made, busy={"sms", 7}), in_order=True)
    assert "ix_delivery_crashed" in plan


def test_a_claim_of_whole_envelopes(world, plans):
    """Their members are found by their envelope, whatever is known of how many are retrying."""
    world.post()
    world.dispatch()
    world.execute(update(Envelope).values(members=2))
    now = world.clock.now()
    made = claims.Claim(due=now, now=now, token="t", until=now, by="me")
    its = world.rows(state="sent")[-1].envelope_id

    def claim(session):
        session.execute(update(Delivery).where(Delivery.state == "retrying").values(envelope_id=its))
        claims.claim(session, S.RETRYING, made, limit=9, only="email")

    _, window, *members = plans(claim)
    assert "ix_delivery_retrying" in window
    assert ["ix_delivery_envelope_id" in plan for plan in members] == [True] * 3
    assert not any("ix_delivery_retrying" in plan for plan in members)


def test_a_look_for_lost_leases(world, plans):
    now = world.clock.now()
    [plan] = plans(lambda session: leases.lost(session, now=now, lease=LEASE, limit=9))
    assert "ix_delivery_sending" in plan


def test_what_is_started_is_found_by_its_key(world, plans):
    """The index of what is being sent has, on PostgreSQL, every lease that there was since it was last swept."""
    world.post()
    world.dispatch()
    its = world.rows(state="sent")[-1].envelope_id
    world.post()
    now = world.clock.now()
    made = claims.Claim(due=now, now=now, token="t", until=now, by="me")

    def start(session):
        held = claims.claim(session, S.QUEUED, made, limit=9, only="email")
        leases.still_leased(session, held)
        leases.start(session, [leases.Starting(one.id, its, {}) for one in held], now=now)

    _, *found = plans(start)
    assert [bool(re.search("(pk|autoindex)_delivery", plan)) for plan in found] == [True, True]
    assert not any("ix_delivery_sending" in plan for plan in found)


def test_a_release(world, plans):
    now = world.clock.now()
    found = plans(lambda session: holding.release(session, medium="email", reason=Reason.NO_PROVIDER, now=now, by="me"))
    assert ["ix_delivery_held" in plan for plan in found] == [True, True]


def test_an_expiry(world, plans):
    now = world.clock.now() + timedelta(days=31)
    looked, *moved = plans(lambda session: arrows.expire(session, now=now, by="me", limit=9))
    assert "ix_delivery_expiring" in looked
    assert len(moved) == 3
