"""A random delay between the previous one and a multiple of it, as Zitadel's notification workers do."""

from webapp.domain.retry_policy import RetryPolicy
from webapp.retries import Draw

LABEL = "At random, growing"
SUMMARY = (
    "Each failure waits between the delay before it and a multiple of that, so that not all come back at one moment."
)
NUMBERS = ("initial_s", "base")


def delay(policy: RetryPolicy, _failures: int, previous_s: float, draw: Draw) -> float:
    """Uniform in [p, min(cap, base·p)) seconds with p = max(previous delay, ``initial_s``); p where that interval is
    empty."""
    least = max(previous_s, policy.initial_s)
    most = min(policy.max_delay_s or float("inf"), policy.base * least)
    return draw(least, most) if most > least else least
