"""The whole table of a policy before anything has failed: what follows each failure, and the sentence over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from webapp.domain.retry_policy import DEFAULT_TTL_S, RetryPolicy
from webapp.domain.wording import Sentence
from webapp.retries._ahead import waits


@dataclass(frozen=True, slots=True)
class Row:
    """What follows failure number ``failure``: another try after ``delay`` seconds, ``elapsed`` seconds after the first
    failure; or None and nothing more, since no retry is left or ``expired``.

    Where chance decides, these are the most, and ``least_delay`` and ``least_elapsed`` the least.
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
        """Whether chance decides when the next try is."""
        return self.least_elapsed != self.elapsed


def preview(policy: RetryPolicy, message_type: str) -> list[Row]:
    """A row for each failure that there may be. A try that could only be at the end of its time to live or after it is
    none: the policy's own, which a channel or a post may replace, or the usual one. How long the tries themselves take
    is not counted."""
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
