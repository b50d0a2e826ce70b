"""The tries that a delivery still has ahead if each of them fails: their times, or bounds for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.retry_policy import RetryPolicy
from webapp.retries import next_delay

MOST = 12  # tries that are listed; a policy may allow thousands


@dataclass(frozen=True, slots=True)
class Wait:
    """The delay after failure number ``failure``, in seconds: its least and its most, which differ where it is
    random."""

    failure: int
    least_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class Ahead:
    """A future try, between ``earliest`` and ``latest``, which are equal where its time is fixed."""

    number: int
    earliest: datetime
    latest: datetime


def waits(policy: RetryPolicy, message_type: str, *, failures: int = 0, last_delay_s: float = 0.0) -> Iterator[Wait]:
    """The delay after each failure to come, except for the last one allowed, which has none."""
    least, most, failure = last_delay_s, last_delay_s, failures + 1
    while True:
        sooner = next_delay(policy, message_type, failure, least, _least)
        later = next_delay(policy, message_type, failure, most, _most)
        if sooner is None or later is None:
            return
        yield Wait(failure, float(sooner), float(later))
        least, most, failure = sooner, later, failure + 1


def ahead(
    policy: RetryPolicy,
    message_type: str,
    *,
    failures: int,
    last_delay_s: float,
    due_at: datetime,
    expires_at: datetime,
) -> list[Ahead]:
    """The next try, whose time is stored, and those that would follow by ``policy`` if every try failed at once.

    How long the tries themselves take is not known: all times but the first are approximate. None is at or after
    ``expires_at``. At most ``MOST``.
    """
    tries = [Ahead(failures + 1, due_at, due_at)]
    for wait in waits(policy, message_type, failures=failures, last_delay_s=last_delay_s):
        last = tries[-1]
        if len(tries) == MOST or last.earliest >= expires_at:
            break
        earliest, latest = last.earliest + timedelta(seconds=wait.least_s), last.latest + timedelta(seconds=wait.most_s)
        tries.append(Ahead(wait.failure + 1, earliest, latest))
    return [one for one in tries if one.earliest < expires_at]


def _least(low: float, _high: float) -> float:
    return low


def _most(_low: float, high: float) -> float:
    return high
