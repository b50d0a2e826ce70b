"""How much is measured: enough to be believed in minutes, or so little that a test can do it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts of one round, unless it says otherwise."""

    rounds: int
    deliveries: int  # of a row that delivers as quickly as it can
    in_flight: tuple[int, int]  # against a slow far side
    slow_s: float  # how long that one would take at the limit
    delay_s: float  # how long it thinks


FULL = Sizes(rounds=5, deliveries=5000, in_flight=(64, 256), slow_s=4.0, delay_s=0.05)
TINY = Sizes(rounds=1, deliveries=20, in_flight=(2, 4), slow_s=0.05, delay_s=0.01)
