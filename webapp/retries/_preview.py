"""The whole table of a policy before anything has failed: what follows each failure, and a summary sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from webapp.domain.retry_policy import DEFAULT_TTL_S, RetryPolicy
from webapp.domain.wording import Sentence
from webapp.retries._ahead import waits


@dataclass(frozen=True, slots=True)
class Row:
    """What follows failure number ``failure``: the next try after ``delay`` seconds, ``elapsed`` seconds after the
    first failure. ``delay`` is None where nothing follows: no retry is left, or it would be too late (``expired``).

    Where delays are random, these are the longest, and ``least_delay`` and ``least_elapsed`` the shortest.
    """

    failure: int
    retries_left: int
    delay: float | None
    elapsed: float
    least_delay: float | None
    least_elapsed: float
    expired: bool = False

    @property
    def random(self) -> bool:
        """Whether the time of the next try is random."""
        return self.least_elapsed != self.elapsed


def preview(policy: RetryPolicy, message_type: str) -> list[Row]:
    """A row for each possible failure. The table ends where even the shortest delays reach the time to live: the
    policy's own (which a channel or a post may replace), or the default. How long the tries themselves take is not
    counted."""
    rows: list[Row] = []
    least = most = 0.0
    allowed, ttl_s, expired = policy.attempts_for(message_type), policy.ttl_s or DEFAULT_TTL_S, False
    for wait in waits(policy, message_type):
        if expired := least + wait.least_s >= ttl_s:
            break
        least, most = least + wait.least_s, most + wait.most_s
        rows.append(Row(wait.failure, allowed - wait.failure, wait.most_s, most, wait.least_s, least))
    return [*rows, Row(len(rows) + 1, allowed - len(rows) - 1, None, most, None, least, expired)]


def summary(rows: Sequence[Row]) -> Sentence:
    """The table in one sentence, such as ``4 tries over 1 h 6 min``."""
    last = rows[-1]
    if len(rows) == 1:
        return Sentence("1 try: whatever fails is given up at once")
    told = {"n": len(rows), "time": timedelta(seconds=last.elapsed)}
    if last.random:
        return Sentence("%(n)s tries over %(time)s at most", told)
    return Sentence("%(n)s tries over %(time)s", told)
