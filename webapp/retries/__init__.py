"""When to try again: one module per kind of retry policy, each with a function ``delay``; and the delay by a whole
policy."""

import logging
from functools import cache

from webapp.domain.registry import Registry, registered
from webapp.domain.retry_policy import LONGEST_S, RetryPolicy
from webapp.retries._kind import Delay, Draw, Kind, read_kind

__all__ = ["Delay", "Draw", "Kind", "kinds", "next_delay"]
_log = logging.getLogger(__name__)
_WHERE_A_KIND_FAILS_S = 3600.0


@cache
def kinds() -> Registry[Kind]:
    """Every kind by name."""
    return registered("retry", __name__, "belfry.retries", read_kind)


def next_delay(policy: RetryPolicy, message_type: str, failures: int, previous_s: float, draw: Draw) -> float | None:
    """Seconds from failure number ``failures`` to the next try, or None where that failure was the last allowed.

    A rule for the message's type and this failure replaces the kind's delay; the policy's cap bounds both. The result
    is between zero and ten years, whatever a kind makes of odd numbers. ``draw(a, b)`` gives a random number between
    its bounds, for kinds that have jitter.
    """
    if failures >= policy.attempts_for(message_type):
        return None
    ruled = [rule.retry_after_s for rule in policy.rules_for(message_type) if rule.attempt in (None, failures)]
    told = [delay for delay in ruled if delay is not None]
    delay = told[0] if told else _told_by_kind(policy, failures, previous_s, draw)
    capped = delay if policy.max_delay_s is None else min(policy.max_delay_s, delay)
    return min(max(0.0, capped), LONGEST_S)


def _told_by_kind(policy: RetryPolicy, failures: int, previous_s: float, draw: Draw) -> float:
    """The kind's delay. A plugin that raises, or is not installed any more, must not keep the outcome from being
    written down: then it is an hour."""
    try:
        return kinds()[policy.kind].delay(policy, failures, previous_s, draw)
    except Exception:  # noqa: BLE001 — a plugin's bug
        _log.exception("The retry policy %s could not say when to try again", policy.name)
        return _WHERE_A_KIND_FAILS_S
