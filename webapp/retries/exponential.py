"""Delays that grow by the same factor each time, as Open Notificaties' webhook retries do."""

from webapp.domain.retry_policy import RetryPolicy

LABEL = "Growing by a factor"
SUMMARY = "Each failure waits a multiple of the one before: 25 s, 100 s, 400 s …"
NUMBERS = ("initial_s", "base")


def delay(policy: RetryPolicy, failures: int, _previous_s: float, _draw: object) -> float:
    """``initial_s · base^(failures − 1)`` in seconds."""
    try:
        return policy.initial_s * policy.base ** (failures - 1)
    except OverflowError:
        return float("inf")
