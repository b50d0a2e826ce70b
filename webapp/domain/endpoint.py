"""Endpoint: how a subscriber's endpoint fares, and when it has failed for so long that it is switched off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.domain.envelope import Accepted, Failure, PermanentFailure
from webapp.domain.reason import Reason

# As many days of nothing but failures as Svix, who wrote Standard Webhooks, allow before they switch an endpoint off.
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
    """The outcome of one try, and when it ended."""

    outcome: Accepted | Failure
    at: datetime


@dataclass(frozen=True, slots=True)
class Fares:
    """How many failures there were since the last success, and when the first of them was."""

    streak: int = 0
    failing_since: datetime | None = None


def fares_after(fares: Fares, tries: Sequence[Tried]) -> Fares:
    """How the endpoint fares after these tries, in the order in which they ended."""
    for tried in tries:
        failed = isinstance(tried.outcome, Failure)
        fares = Fares(fares.streak + 1, fares.failing_since or tried.at) if failed else Fares()
    return fares


def off_for(fares: Fares, tries: Sequence[Tried]) -> Off | None:
    """Why it is to be switched off after these tries, or None; ``fares`` is how it fares after them."""
    if any(isinstance(one.outcome, PermanentFailure) and one.outcome.reason is Reason.GONE for one in tries):
        return Off.GONE
    since = fares.failing_since
    failed = [tried.at for tried in tries if isinstance(tried.outcome, Failure)]
    return Off.FAILING if since and failed and max(failed) >= since + FAILING_FOR else None
