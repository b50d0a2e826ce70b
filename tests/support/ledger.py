"""Whether the queue still is what its ledger says: the states rebuilt from the moves."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from webapp.domain.delivery_state import DeliveryState, may_move
from webapp.models.delivery import Delivery, Move
from webapp.models.message import Message

Ask = Callable[[Any], Sequence[Any]]


def misfits(ask: Ask) -> list[str]:
    """The ids of deliveries that are not where their moves have led, and of messages that have too few, sorted."""
    moves: dict[str, list[Any]] = defaultdict(list)
    for move in ask(select(Move.delivery_id, Move.was, Move.became).order_by(Move.id)):
        moves[move.delivery_id].append(move)
    states = {row.id: row.state for row in ask(select(Delivery.id, Delivery.state))}
    wrong = {id_ for id_ in states.keys() | moves if not _leads(moves[id_], states.get(id_))}
    return sorted(wrong | _short(ask))


def _leads(moves: list[Any], state: str | None) -> bool:
    """From nothing to this state, each move beginning where the one before has ended, and each of them allowed."""
    if not moves or moves[0].was is not None or moves[-1].became != state:
        return False
    return all(
        before.became == after.was and may_move(DeliveryState(after.was), DeliveryState(after.became))
        for before, after in pairwise(moves)
    )


def _short(ask: Ask) -> set[str]:
    """Messages that have not as many deliveries as they were counted for."""
    there = dict(ask(select(Delivery.message_id, func.count()).group_by(Delivery.message_id)))
    return {
        row.id for row in ask(select(Message.id, Message.counted)) if sum(row.counted.values()) != there.get(row.id, 0)
    }
