"""A fixed list of delays: the n-th failure waits the n-th step; the last step serves whatever comes after it."""

from webapp.domain.retry_policy import RetryPolicy

LABEL = "A list of delays"
SUMMARY = "Each failure waits its own delay; the last one serves for all that follow."
NUMBERS = ("steps",)


def delay(policy: RetryPolicy, failures: int, _previous_s: float, _draw: object) -> float:
    """Seconds until the try after failure number ``failures`` (1 is the first)."""
    return policy.steps[min(failures, len(policy.steps)) - 1] if policy.steps else 0.0
