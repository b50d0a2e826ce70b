"""The states, the moves between them, and their drawing."""

import pytest

from webapp.domain.delivery_state import FINAL, LABELS, MOVES, PENDING, SENTENCES, DeliveryState, drawing, may_move

S = DeliveryState


@pytest.mark.parametrize("state", S)
def test_every_state_explains_itself(state):
    assert (state.label, state.sentence) == (LABELS[state], SENTENCES[state])
    assert state.sentence.endswith(".")


def test_no_state_but_the_confirmed_one_is_called_delivered():
    assert [state for state in S if "deliver" in state.label.lower()] == [S.DELIVERED, S.UNDELIVERABLE]


def test_what_is_final_waits_for_nothing():
    assert {S.QUEUED, S.SENDING, S.RETRYING, S.HELD} == PENDING
    assert set(S) == PENDING | FINAL
    # Out of a final state leads a person's word or the far side's, never the engine's.
    assert {move.by for move in MOVES if move.was in FINAL} == {"person", "callback"}


def test_every_state_can_be_reached_and_every_pending_one_left():
    assert set(S) - {move.became for move in MOVES} == set()
    assert {move.was for move in MOVES} >= PENDING


def test_no_arrow_is_drawn_twice_for_the_same_hand():
    arrows = [(move.was, move.became, move.by) for move in MOVES]
    assert len(arrows) == len(set(arrows))


def test_what_may_not_be():
    assert may_move(S.QUEUED, S.SENDING)
    for was, became in [(S.SENT, S.SENDING), (S.QUEUED, S.SENT), (S.SENT, S.RETRYING), (S.FOLDED, S.QUEUED)]:
        assert not may_move(was, became)


def test_the_drawing_shows_every_move():
    lines = drawing().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> queued: posted"]
    assert len(lines) == 2 + len(MOVES)
    assert all(line.count(":") == 1 for line in lines[1:])
