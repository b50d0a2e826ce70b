"""Delays that grow by the same factor each time, as Open Notificaties' webhook retries do."""

from webapp.domain.retry_policy import RetryPolicy

_LONGEST_S = 10.0 * 365 * 86400  # a float power overflows long before a person notices that it is ten years


def delay(policy: RetryPolicy, failures: int, _previous_s: float, _draw: object) -> float:
    """``initial_s · base^(failures − 1)`` in seconds."""
    try:
        return min(policy.initial_s * policy.base ** (failures - 1), _LONGEST_S)
    except OverflowError:
        return _LONGEST_S
