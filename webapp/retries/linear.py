"""Delays that grow by the same amount each time, as KAZOO's notify resender does."""

from webapp.domain.retry_policy import RetryPolicy

LABEL = "Growing steadily"
SUMMARY = "Each failure waits longer by the same amount: 10 min, 20 min, 30 min …"
NUMBERS = ("initial_s",)


def delay(policy: RetryPolicy, failures: int, _previous_s: float, _draw: object) -> float:
    """``initial_s`` times the number of failures, in seconds."""
    return policy.initial_s * failures
