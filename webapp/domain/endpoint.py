"""Endpoint: how a subscriber's fares, and when it has failed for so long that nothing more is sent there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.domain.envelope import Accepted, Failure, PermanentFailure
from webapp.domain.reason import Reason

# Svix, who wrote Standard Webhooks, switch an endpoint off after as many days of nothing but failures.
FAILING_FOR = timedelta(days=5)


class Off(StrEnum):
    """Why a subscriber is sent nothing: a person has switched it off; its endpoint said that it is gone, or has failed
    for days; or it was removed."""

    PERSON = "person"
    GONE = "gone"
    FAILING = "failing"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one try, and when that was over."""

    outcome: Accepted | Failure
    at: datetime


@dataclass(frozen=True, slots=True)
class Fares:
    """How many failures there were since its last success, and when the first of them was."""

    streak: int = 0
    failing_since: datetime | None = None


def fares_after(fares: Fares, tries: Sequence[Tried]) -> Fares:
    """How it fares after these, in the order in which they ended."""
    for tried in tries:
        failed = isinstance(tried.outcome, Failure)
        fares = Fares(fares.streak + 1, fares.failing_since or tried.at) if failed else Fares()
    return fares


def off_for(fares: Fares, tries: Sequence[Tried]) -> Off | None:
    """Why it is to be switched off after these tries, if it is; ``fares`` is how it fares by now."""
    if any(isinstance(one.outcome, PermanentFailure) and one.outcome.reason is Reason.GONE for one in tries):
        return Off.GONE
    since = fares.failing_since
    failed = [tried.at for tried in tries if isinstance(tried.outcome, Failure)]
    return Off.FAILING if since and failed and max(failed) >= since + FAILING_FOR else None
