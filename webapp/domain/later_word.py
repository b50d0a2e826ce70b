"""LaterWord: what a far side reports of an envelope after it has accepted it."""

from dataclasses import dataclass

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.reason import Reason
from webapp.domain.text import storable

_LONGEST = {"status": 30, "code": 20, "words": 500}  # characters that are kept


class Forged(Exception):
    """It does not come from the far side: its signature is missing or wrong."""


@dataclass(frozen=True, slots=True)
class LaterWord:
    """``state`` is DELIVERED or UNDELIVERABLE (then with its ``reason``), or None while it is still under way.

    ``status`` and ``code`` are the far side's own names, ``words`` what it says beside them.
    """

    state: DeliveryState | None
    status: str
    code: str = ""
    words: str = ""
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if self.state not in {None, DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE}:
            raise ValueError(f"No far side can make a delivery {self.state}.")
        if (self.reason is not None) != (self.state is DeliveryState.UNDELIVERABLE):
            raise ValueError("What cannot be delivered has a reason, and nothing else has.")
        for name, longest in _LONGEST.items():
            object.__setattr__(self, name, storable(getattr(self, name), longest=longest))
