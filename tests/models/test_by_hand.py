"""What persons do to deliveries: what each arrow moves and what it leaves alone."""

import pytest
from sqlalchemy import update

from webapp.database import writing
from webapp.domain.delivery_state import MOVES
from webapp.domain.delivery_state import DeliveryState as S
from webapp.models import by_hand
from webapp.models.delivery import Delivery


def put(world, state, **columns):
    """Every delivery into a state, behind the arrows' back."""
    world.execute(update(Delivery).values(state=state.value, **columns))


def act(world, arrow, *given):
    with writing(world.session) as session:
        return arrow(session, *given, now=world.clock.now(), by="olga")


def again(world, ids):
    with writing(world.session) as session:
        seen = by_hand.look(session, ids)
    return act(world, by_hand.send_again, seen)


ACTS = {
    by_hand.cancel: (by_hand.CANCELLABLE, S.CANCELLED),
    by_hand.retry_now: (by_hand.RETRYABLE, S.RETRYING),
    by_hand.arrived: ({S.UNKNOWN}, S.DELIVERED),
}


@pytest.mark.parametrize("was", S)
@pytest.mark.parametrize("arrow", ACTS)
def test_each_moves_from_its_states_and_leaves_the_others_alone(world, arrow, was):
    world.post()
    put(world, was, reason="DNS")
    before, (begins, becomes) = world.row, ACTS[arrow]
    moved = act(world, arrow, [before.id])
    if was not in begins:
        assert (moved, world.row, world.moves()) == ([], before, [(None, "queued")])
        return
    assert (moved, world.row.state, world.moves()[1:]) == ([before.id], becomes, [(was, becomes)])
    entry = world.ledger()[-1]
    assert (entry.by, entry.at, entry.reason) == ("olga", world.clock.now(), world.row.reason)


@pytest.mark.parametrize("was", S)
def test_what_has_ended_can_be_sent_again_and_nothing_else(world, was):
    world.post()
    put(world, was)
    moved = again(world, [world.row.id])
    assert bool(moved) is (was in by_hand.SENDABLE)
    assert world.moves()[1:] == ([(was, "queued")] if moved else [])


def test_the_table_of_moves_and_the_arrows_agree():
    drawn = {(move.was, move.became) for move in MOVES if "person" in move.by}
    made = {(was, becomes) for begins, becomes in ACTS.values() for was in begins}
    made |= {(was, S.QUEUED) for was in by_hand.SENDABLE}
    assert drawn - {(S.QUEUED, S.HELD), (S.RETRYING, S.HELD)} == made  # those two: a provider is deactivated
