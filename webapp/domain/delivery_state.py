"""The states of a Delivery, every move between them, and the drawing made from the moves."""

from dataclasses import dataclass
from enum import StrEnum


class DeliveryState(StrEnum):
    """A delivery's state. ``sent`` means handed over and accepted; ``delivered`` needs a confirmation by the far side,
    or by a person."""

    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    HELD = "held"
    SENT = "sent"
    DELIVERED = "delivered"
    FOLDED = "folded"
    FILTERED = "filtered"
    CANCELLED = "cancelled"
    UNDELIVERABLE = "undeliverable"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """A few words for a pill on a screen."""
        return LABELS[self]

    @property
    def sentence(self) -> str:
        """What the state means, as one sentence."""
        return SENTENCES[self]


_S = DeliveryState

LABELS: dict[DeliveryState, str] = {
    _S.QUEUED: "Waiting to send",
    _S.SENDING: "Sending",
    _S.RETRYING: "Trying again",
    _S.HELD: "Waiting",
    _S.SENT: "Handed over",
    _S.DELIVERED: "Delivered",
    _S.FOLDED: "Left out",
    _S.FILTERED: "Not sent",
    _S.CANCELLED: "Cancelled",
    _S.UNDELIVERABLE: "Cannot be delivered",
    _S.UNKNOWN: "Outcome unknown",
}

SENTENCES: dict[DeliveryState, str] = {
    _S.QUEUED: "It waits for its first try.",
    _S.SENDING: "It is being handed over right now.",
    _S.RETRYING: "A try failed for the time being; it is tried again by itself.",
    _S.HELD: "There is nothing to send it with at the moment; it goes out by itself when there is.",
    _S.SENT: "It was handed over, and the far side accepted it.",
    _S.DELIVERED: "It is known to have arrived: the far side confirmed it, or a person found out.",
    _S.FOLDED: "The channel's formatter put it into no output: nothing left the house for it.",
    _S.FILTERED: "It was decided not to send it.",
    _S.CANCELLED: "It was stopped before it was sent: by a person, or because it expired.",
    _S.UNDELIVERABLE: "It was refused for good, or every try failed.",
    _S.UNKNOWN: "It may have arrived; a person has to find out.",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow: from, to, when it happens, and who makes it."""

    was: DeliveryState
    became: DeliveryState
    when: str
    by: str


_ENGINE, _PERSON, _SWEEP = "engine", "person", "sweep"


def _moves(was: str, became: str, when: str, by: str) -> list[Move]:
    return [Move(_S(a), _S(b), when, by) for a in was.split() for b in became.split()]


MOVES: tuple[Move, ...] = (
    *_moves("queued", "sending", "claimed: due, under a lease", "dispatcher"),
    *_moves("retrying", "sending", "claimed: due, under a lease", "resender"),
    *_moves("sending", "queued", "its lease expired, or given back, or decided to wait", _ENGINE),
    *_moves("sending", "retrying", "it failed for the time being, or was given back with its envelope", _ENGINE),
    *_moves("sending", "held", "nothing to send it with", _ENGINE),
    *_moves("queued retrying", "held", "its provider was deactivated or paused", "person or breaker"),
    *_moves("held", "queued retrying", "released: what it waited for has come", _SWEEP),
    *_moves("retrying held", "retrying", "retry now", _PERSON),
    *_moves("sending", "sent", "the far side took it", _ENGINE),
    *_moves("sending", "folded", "its formatter put it into no output", _ENGINE),
    *_moves("sending", "undeliverable", "refused for good, or exhausted", _ENGINE),
    *_moves("sending", "unknown", "may have arrived, and must not be repeated", _ENGINE),
    *_moves("sending", "filtered", "decided not to send it", _ENGINE),
    *_moves("queued held retrying", "cancelled", "expired, or cancelled", "sweep or person"),
    *_moves("sending", "cancelled", "expired between claim and send", _ENGINE),
    *_moves("sent", "delivered undeliverable", "the far side's later word", "callback"),
    *_moves("unknown", "delivered", "“it arrived”", _PERSON),
    *_moves("undeliverable unknown cancelled filtered sent", "queued", "send again", _PERSON),
)

_ALLOWED = frozenset((move.was, move.became) for move in MOVES)

FINAL = frozenset({_S.SENT, _S.DELIVERED, _S.FOLDED, _S.FILTERED, _S.CANCELLED, _S.UNDELIVERABLE, _S.UNKNOWN})
PENDING = frozenset(DeliveryState) - FINAL


def may_move(was: DeliveryState, became: DeliveryState) -> bool:
    """Whether MOVES has this arrow."""
    return (was, became) in _ALLOWED


def drawing() -> str:
    """The states and moves as a Mermaid diagram, for the documentation."""
    first = f"    [*] --> {_S.QUEUED}: posted"
    arrows = [f"    {move.was} --> {move.became}: {move.when.replace(':', ',')}" for move in MOVES]
    return "\n".join(["stateDiagram-v2", first, *arrows])
