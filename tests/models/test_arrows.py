"""The arrows: what each moves, what it writes into the ledger, and that a lost lease moves nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.database import writing
from webapp.domain.delivery_state import FINAL, MOVES
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.models import arrows
from webapp.models.arrows import Change
from webapp.models.delivery import Delivery

OUT = {
    arrows.sent: S.SENT,
    arrows.retry_later: S.RETRYING,
    arrows.give_up: S.UNDELIVERABLE,
    arrows.leave_open: S.UNKNOWN,
    arrows.put_back: S.QUEUED,
    arrows.hold: S.HELD,
    arrows.filter_out: S.FILTERED,
    arrows.fold: S.FOLDED,
    arrows.cancel: S.CANCELLED,
}


def put(world, state, **columns):
    """Every delivery into a state, behind the arrows' back."""
    world.execute(update(Delivery).values(state=state.value, **columns))


def test_every_arrow_out_of_sending_is_one_of_the_table(world, claim):
    for arrow, became in OUT.items():
        world.post()
        [leased] = claim()
        with writing(world.session) as session:
            assert arrow(session, [Change(leased, Reason.FOLDED)], now=world.clock.now(), by="me") == {leased.id}
        [row] = world.rows(id=leased.id)
        assert (row.state, row.reason, row.lease_token, row.lease_until, row.started_at) == (
            became, "FOLDED", None, None, None,
        )  # fmt: skip
        assert (row.ended_at is not None) is (became in FINAL)
        entry = world.ledger(leased.id)[-1]
        assert (entry.was, entry.became, entry.reason, entry.by, entry.at, entry.lease_token) == (
            "sending", became, "FOLDED", "me", world.clock.now(), "A" * 26,
        )  # fmt: skip
        put(world, S.SENT)
    assert {(S.SENDING, became) for became in OUT.values()} == {(m.was, m.became) for m in MOVES if m.was is S.SENDING}


def test_an_arrow_rolled_back_leaves_neither_state_nor_ledger(world, claim):
    world.post()
    [leased] = claim()

    def fail_half_way():
        with writing(world.session) as session:
            arrows.sent(session, [Change(leased)], now=world.clock.now(), by="me")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert world.row.state == "sending"
    assert world.moves() == [(None, "queued"), ("queued", "sending")]


def test_a_lost_lease_moves_nothing(world, claim):
    world.post()
    [leased] = claim()
    world.execute(update(Delivery).values(lease_token="B" * 26))
    for arrow in OUT:
        with writing(world.session) as session:
            assert arrow(session, [Change(leased)], now=world.clock.now(), by="late") == set(), arrow
    assert (world.row.state, world.row.lease_token) == ("sending", "B" * 26)
    assert len(world.ledger()) == 2


def test_what_has_left_sending_is_not_moved_by_an_old_token(world, claim):
    world.post()
    [leased] = claim()
    put(world, S.RETRYING)  # the token stands there by mistake, and still
    with writing(world.session) as session:
        assert arrows.sent(session, [Change(leased)], now=world.clock.now(), by="late") == set()
    assert world.row.state == "retrying"


@pytest.mark.parametrize("turned", [False, True])
def test_changes_of_one_arrow_may_write_different_columns(world, claim, turned):
    world.post("emil", "edith")
    one, other = claim()
    at = world.clock.now() + timedelta(hours=1)
    changes = [Change(one), Change(other, Reason.PROCESS_DIED, {"crashes": 1, "due_at": at})]
    with writing(world.session) as session:
        moved = arrows.retry_later(session, changes[::-1] if turned else changes, now=world.clock.now(), by="sweep")
    assert moved == {one.id, other.id}
    first, second = world.rows()
    assert (first.crashes, first.due_at, first.reason) == (0, world.clock.now(), None)
    assert (second.crashes, second.due_at, second.reason) == (1, at, "PROCESS_DIED")


@pytest.mark.parametrize("state", [S.QUEUED, S.HELD, S.RETRYING, S.SENDING])
def test_only_what_waits_expires(world, state):
    world.post(ttl_s=300)
    put(world, state)
    for seconds, gone in ((299, 0), (1, 1 if state is not S.SENDING else 0)):
        world.clock.advance(seconds)
        with writing(world.session) as session:
            assert len(arrows.expire(session, now=world.clock.now(), by="sweep", limit=9)) == gone
    assert world.row.state == ("cancelled" if gone else state)
    if gone:
        assert (world.row.reason, world.row.ended_at) == ("EXPIRED", world.clock.now())
        assert world.moves()[-1] == (state, "cancelled")


def test_what_expires_is_told_by_its_ids_and_bounded(world):
    world.post("emil", "edith", ttl_s=1)
    world.clock.advance(1)
    found = []
    for _ in range(3):
        with writing(world.session) as session:
            found.append(arrows.expire(session, now=world.clock.now(), by="sweep", limit=1))
    assert [len(ids) for ids in found] == [1, 1, 0]
    assert {*found[0], *found[1]} == {row.id for row in world.rows()}
