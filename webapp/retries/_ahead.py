"""The tries that a delivery still has before it, should each of them fail: their times, or bounds for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.retry_policy import RetryPolicy
from webapp.retries import next_delay

MOST = 12  # tries that are told; a policy may allow thousands


@dataclass(frozen=True, slots=True)
class Ahead:
    """A try to come: between ``earliest`` and ``latest``, which are one where its time is settled."""

    number: int
    earliest: datetime
    latest: datetime


def ahead(
    policy: RetryPolicy,
    message_type: str,
    *,
    failures: int,
    last_delay_s: float,
    due_at: datetime,
    expires_at: datetime,
) -> list[Ahead]:
    """The next try, whose time is stored, and those that follow by ``policy`` if it fails at once, and so on.

    How long the tries themselves take is not known: each time but the first is *about*. None is at or after
    ``expires_at``. At most ``MOST``.
    """
    tries = [Ahead(failures + 1, due_at, due_at)]
    low, high = last_delay_s, last_delay_s
    while len(tries) < MOST:
        last = tries[-1]
        sooner = next_delay(policy, message_type, last.number, low, _least)
        later = next_delay(policy, message_type, last.number, high, _most)
        if sooner is None or later is None:
            break
        low, high = sooner, later
        earliest = last.earliest + timedelta(seconds=low)
        tries.append(Ahead(last.number + 1, earliest, last.latest + timedelta(seconds=high)))
        if earliest >= expires_at:
            break
    return [one for one in tries if one.earliest < expires_at]


def _least(low: float, _high: float) -> float:
    return low


def _most(_low: float, high: float) -> float:
    return high
