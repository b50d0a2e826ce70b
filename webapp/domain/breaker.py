"""The breaker: when a provider is left alone, for how long, and what one envelope as a probe shows of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.domain.envelope import Accepted, Blame, ConfigurationFailure, Failure, PermanentFailure
from webapp.domain.reason import Reason

FAULTS_ALLOWED = 5  # of the provider's own, in a row: a sixth is not asked for
FIRST_REST_S, LONGEST_REST_S = 30.0, 900.0  # a pause, and what it doubles up to while the probes fail


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider stands: its faults in a row, and its pause. ``pauses`` counts pauses with no success between."""

    streak: int = 0
    paused_reason: Reason | None = None
    paused_until: datetime | None = None
    pauses: int = 0

    def rests(self, now: datetime) -> bool:
        """Whether nothing is to be sent by it yet. Once its rest is over, one envelope at a time is.

        A rest that would be longer than any is one that a clock began which has since gone back.
        """
        if self.paused_until is None:
            return False
        return now < self.paused_until <= now + timedelta(seconds=LONGEST_REST_S)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one try has shown of a provider; ``probe``: it was the one let through while the provider was paused."""

    outcome: Accepted | Failure
    probe: bool = False


def judge(standing: Standing, tries: Iterable[Shown], now: datetime) -> Standing:
    """How a provider stands after these tries, in the order in which they ended.

    A configuration fault pauses it at once, other faults of its own after ``FAULTS_ALLOWED`` in a row. A verdict on a
    recipient or on the content is a sign of life. Of a paused provider only the probe says anything new.
    """
    for shown in tries:
        if standing.paused_reason is None or shown.probe:
            standing = _after(standing, shown, now)
    return standing


def blames_provider(outcome: Accepted | Failure) -> bool:
    """Whether a try speaks against the provider itself. A refusal for good never does: whoever refuses, lives."""
    return (
        isinstance(outcome, Failure) and not isinstance(outcome, PermanentFailure) and outcome.blame is Blame.PROVIDER
    )


def _after(standing: Standing, shown: Shown, now: datetime) -> Standing:
    outcome = shown.outcome
    if not isinstance(outcome, Failure) or not blames_provider(outcome):
        return Standing()
    streak = standing.streak + 1
    if shown.probe or isinstance(outcome, ConfigurationFailure) or streak >= FAULTS_ALLOWED:
        return _paused(standing, streak, outcome.reason, now)
    return replace(standing, streak=streak)


def _paused(standing: Standing, streak: int, reason: Reason, now: datetime) -> Standing:
    rest_s = min(FIRST_REST_S * 2.0 ** min(standing.pauses, 30), LONGEST_REST_S)
    return Standing(streak, reason, now + timedelta(seconds=rest_s), standing.pauses + 1)
