"""What the tests of the kinds share: a policy, and all the delays it gives."""

from typing import Any

from webapp.domain.retry_policy import RetryPolicy
from webapp.retries import Draw, next_delay


def lowest(low: float, _high: float) -> float:
    return low


def delays(policy: RetryPolicy, message_type: str = "message", draw: Draw = lowest) -> list[float]:
    """Every delay until the policy gives up."""
    found: list[float] = []
    while (delay := next_delay(policy, message_type, len(found) + 1, found[-1] if found else 0.0, draw)) is not None:
        found.append(delay)
    return found


def policy(kind: str, *, attempts: int = 4, **numbers: Any) -> RetryPolicy:
    return RetryPolicy(name="p", kind=kind, max_attempts=attempts, **numbers)
