"""From the outcome of one try to the delivery's next state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from webapp.domain.breaker import rest_asked
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Certainty, ConfigurationFailure, Failure, PermanentFailure
from webapp.domain.reason import Reason


class Try(NamedTuple):
    """One failed try, and what the next state depends on.

    ``delay_s`` is the policy's delay after this failure (None: no retry is left); ``doubtful``: an earlier try of the
    same generation may have arrived. ``free``: no retry is spent, since the provider was known not to work.
    """

    ended_at: datetime
    failures: int
    attempts_allowed: int
    delay_s: float | None
    longest_delay_s: float | None
    expires_at: datetime
    at_most_once: bool
    doubtful: bool = False
    free: bool = False


class Settlement(NamedTuple):
    """The next state, its reason, and for a retry: when, and after which delay."""

    state: S
    reason: Reason | None = None
    due_at: datetime | None = None
    delay_s: float | None = None
    failures: int = 0
    retries_left: int = 0


TAKEN = Settlement(S.SENT)  # the far side accepted it, whatever came before


def settle(outcome: Failure, made: Try) -> Settlement:
    """The next state of a delivery after a failed try; after a successful one, it is TAKEN.

    Refused permanently → undeliverable. May have arrived, and the channel says at most once → unknown. A configuration
    failure, or any failure of a paused provider, that cannot have arrived → held, and no retry is spent; its due time
    is set to now, so that it goes to the end of the queue and the next probe is another one. Everything else is
    retried, until the policy or the time to live ends that.
    """
    left = max(made.attempts_allowed - made.failures, 0)
    doubtful = outcome.certainty is Certainty.MAY_HAVE_ARRIVED
    permanent, stays_open = isinstance(outcome, PermanentFailure), doubtful and made.at_most_once
    if not (permanent or doubtful) and (made.free or isinstance(outcome, ConfigurationFailure)):
        return Settlement(S.HELD, Reason.PROVIDER_PAUSED, made.ended_at, failures=made.failures, retries_left=left)
    counted = partial(Settlement, failures=made.failures + 1, retries_left=max(left - 1, 0))
    if permanent or stays_open:
        return counted(S.UNDELIVERABLE if permanent else S.UNKNOWN, outcome.reason)
    return _try_again(outcome, made, counted, doubtful=doubtful)


def _try_again(outcome: Failure, made: Try, counted: Callable[..., Settlement], *, doubtful: bool) -> Settlement:
    """After a temporary failure: retry, if the policy and the time to live allow it."""
    if made.delay_s is None:
        state = S.UNKNOWN if doubtful or made.doubtful else S.UNDELIVERABLE
        return counted(state, Reason.EXHAUSTED)
    delay_s = max(made.delay_s, rest_asked(outcome, made.longest_delay_s))
    due_at = made.ended_at + timedelta(seconds=delay_s)
    if due_at >= made.expires_at:
        return counted(S.CANCELLED, Reason.EXPIRED)
    return counted(S.RETRYING, outcome.reason, due_at, made.delay_s)
