"""When to try again: one module per kind of retry policy, each with a function ``delay``; and what follows from it."""

from collections.abc import Callable
from functools import cache

from webapp.domain.registry import Registry, discover
from webapp.domain.retry_policy import RetryPolicy

Draw = Callable[[float, float], float]
Delay = Callable[[RetryPolicy, int, float, Draw], float]


@cache
def kinds() -> Registry[Delay]:
    """Every kind by name: ``delay(policy, failures so far, previous delay in seconds, draw)`` gives seconds."""
    registry: Registry[Delay] = Registry("retry")
    for module in discover(__name__, group="belfry.retries"):
        registry.add(module.__name__.rpartition(".")[2], module.delay)
    return registry


def next_delay(policy: RetryPolicy, message_type: str, failures: int, previous_s: float, draw: Draw) -> float | None:
    """Seconds from failure number ``failures`` to the next try, or None where that failure was the last allowed.

    A rule for the message's type whose attempt is this failure replaces the delay; the policy's cap bounds both.
    ``draw(a, b)`` gives a random number between its bounds, for kinds that have a jitter.
    """
    if failures >= policy.attempts_for(message_type):
        return None
    ruled = [rule.retry_after_s for rule in policy.rules_for(message_type) if rule.attempt in (None, failures)]
    told = [delay for delay in ruled if delay is not None]
    delay = told[0] if told else kinds()[policy.kind](policy, failures, previous_s, draw)
    return delay if policy.max_delay_s is None else min(delay, policy.max_delay_s)
