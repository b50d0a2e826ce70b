"""When to try again: one module per kind of retry policy, each with a function ``delay``; and what follows from it."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from webapp.domain.registry import Registry, discover
from webapp.domain.retry_policy import RetryPolicy

_log = logging.getLogger(__name__)
_WHERE_A_KIND_FAILS_S = 3600.0
_LONGEST_S = 10.0 * 365 * 86400  # so that a large number does not leave the calendar
Draw = Callable[[float, float], float]
Delay = Callable[[RetryPolicy, int, float, Draw], float]


@cache
def kinds() -> Registry[Delay]:
    """Every kind by name: ``delay(policy, failures so far, previous delay in seconds, draw)`` gives seconds."""
    registry: Registry[Delay] = Registry("retry")
    for module in discover(__name__):
        registry.add(*_read(module))
    registry.add_installed("belfry.retries", _read)
    return registry


def _read(module: Any) -> tuple[str, Delay]:
    return module.__name__.rpartition(".")[2], module.delay


def next_delay(policy: RetryPolicy, message_type: str, failures: int, previous_s: float, draw: Draw) -> float | None:
    """Seconds from failure number ``failures`` to the next try, or None where that failure was the last allowed.

    A rule for the message's type whose attempt is this failure replaces the delay; the policy's cap bounds both.
    Whatever a kind makes of odd numbers, it is no less than nothing and no more than ten years.
    ``draw(a, b)`` gives a random number between its bounds, for kinds that have a jitter.
    """
    if failures >= policy.attempts_for(message_type):
        return None
    ruled = [rule.retry_after_s for rule in policy.rules_for(message_type) if rule.attempt in (None, failures)]
    told = [delay for delay in ruled if delay is not None]
    delay = told[0] if told else _told_by_kind(policy, failures, previous_s, draw)
    capped = delay if policy.max_delay_s is None else min(policy.max_delay_s, delay)
    return min(max(0.0, capped), _LONGEST_S)


def _told_by_kind(policy: RetryPolicy, failures: int, previous_s: float, draw: Draw) -> float:
    """A plugin that raises, or is not installed any more, must not keep the outcome from being written down."""
    try:
        return kinds()[policy.kind](policy, failures, previous_s, draw)
    except Exception:  # noqa: BLE001 — a plugin's bug
        _log.exception("The retry policy %s could not say when to try again", policy.name)
        return _WHERE_A_KIND_FAILS_S
