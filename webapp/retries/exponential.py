"""Delays that grow by the same factor each time, as Open Notificaties' webhook retries do."""

from webapp.domain.retry_policy import RetryPolicy


def delay(policy: RetryPolicy, failures: int, _previous_s: float, _draw: object) -> float:
    """``initial_s · base^(failures − 1)`` in seconds."""
    try:
        return policy.initial_s * policy.base ** (failures - 1)
    except OverflowError:
        return float("inf")
