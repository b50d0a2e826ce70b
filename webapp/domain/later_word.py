"""LaterWord: what a far side tells of an envelope after it has taken it."""

from dataclasses import dataclass

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.reason import Reason


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
