"""The breaker: when a provider is left alone, for how long, and what one envelope as a probe shows of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from webapp.domain.envelope import (
    Accepted,
    Blame,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason

FAULTS_ALLOWED = 5  # of the provider's own, in a row: a sixth is not asked for
FIRST_REST_S, LONGEST_REST_S = 30.0, 900.0  # a pause, and what it doubles up to while the probes fail
LONGEST_ASKED_S = 86400.0  # a far side's Retry-After is believed up to a day, unless the policy caps it lower


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider stands: its faults in a row, and its pause. ``pauses`` counts pauses with no success between.

    ``rests_until`` is up to when its far side has asked to be left alone: that is no fault, and needs no probe.
    """

    streak: int = 0
    paused_reason: Reason | None = None
    paused_until: datetime | None = None
    pauses: int = 0
    rests_until: datetime | None = None

    def until(self, now: datetime) -> datetime | None:
        """Up to when nothing is to be sent by it; None where it may be sent by now, if only as a probe.

        A rest that would be longer than any is one that a clock began which has since gone back.
        """
        if self.paused_until is None and self.rests_until is None:
            return None
        paused = _believed(self.paused_until, LONGEST_REST_S, now)
        asked = _believed(self.rests_until, LONGEST_ASKED_S, now)
        return max(filter(None, (paused, asked)), default=None)

    def rests(self, now: datetime) -> bool:
        """Whether nothing is to be sent by it yet."""
        return self.until(now) is not None

    def fit(self, now: datetime) -> bool:
        """Whether all may be sent by it."""
        return self.paused_reason is None and not self.rests(now)

    def may_be_probed(self, now: datetime) -> bool:
        """Whether one envelope at a time may: it is paused, and its rest is over."""
        return self.paused_reason is not None and not self.rests(now)


class Shown(NamedTuple):
    """What one try has shown of a provider; ``probe``: it was the one let through while the provider was paused.

    ``longest_s``: its policy's cap on what a far side may ask for, in seconds.
    """

    outcome: Accepted | Failure
    probe: bool = False
    longest_s: float | None = None


def judge(standing: Standing, tries: Iterable[Shown], now: datetime) -> Standing:
    """How a provider stands after these tries, in the order in which they ended.

    A configuration fault pauses it at once, other faults of its own after ``FAULTS_ALLOWED`` in a row. A verdict on a
    recipient or on the content is a sign of life. Of a paused provider only the probe says anything new; of one that
    has asked to be left alone, those who ask it once more do not.
    """
    for shown in tries:
        asked_s = _asks_for(shown)
        repeats = asked_s and standing.rests(now)
        if (standing.paused_reason is None and not repeats) or shown.probe:
            standing = _after(standing, shown, now)
        if asked_s:
            known = _believed(standing.rests_until, LONGEST_ASKED_S, now) or now
            standing = replace(standing, rests_until=max(known, now + timedelta(seconds=asked_s)))
    return standing


def rest_asked(outcome: Failure, longest_s: float | None) -> float:
    """How long the far side asks to be left alone, in seconds, within bounds; what is no number counts as nothing."""
    asked_s = outcome.retry_after
    return 0.0 if asked_s is None else min(max(0.0, asked_s), longest_s or LONGEST_ASKED_S, LONGEST_ASKED_S)


def blames_provider(outcome: Accepted | Failure) -> bool:
    """Whether a try speaks against the provider itself. A refusal for good never does: whoever refuses, lives."""
    return (
        isinstance(outcome, Failure) and not isinstance(outcome, PermanentFailure) and outcome.blame is Blame.PROVIDER
    )


def _after(standing: Standing, shown: Shown, now: datetime) -> Standing:
    outcome = shown.outcome
    if not isinstance(outcome, Failure) or not blames_provider(outcome):
        # Most stand well already, and each delivery asks.
        in_trouble = standing.streak or standing.pauses or standing.paused_reason
        return Standing(rests_until=standing.rests_until) if in_trouble else standing
    streak = standing.streak + 1
    if shown.probe or isinstance(outcome, ConfigurationFailure) or streak >= FAULTS_ALLOWED:
        return _paused(standing, streak, outcome.reason, now)
    return replace(standing, streak=streak)


def _paused(standing: Standing, streak: int, reason: Reason, now: datetime) -> Standing:
    rest_s = min(FIRST_REST_S * 2.0 ** min(standing.pauses, 30), LONGEST_REST_S)
    until = now + timedelta(seconds=rest_s)
    return replace(standing, streak=streak, paused_reason=reason, paused_until=until, pauses=standing.pauses + 1)


def _asks_for(shown: Shown) -> float:
    """For how many seconds this try asks everybody to leave the provider alone."""
    outcome = shown.outcome
    if not isinstance(outcome, TemporaryFailure) or not blames_provider(outcome):
        return 0.0
    return rest_asked(outcome, shown.longest_s)


def _believed(until: datetime | None, longest_s: float, now: datetime) -> datetime | None:
    return until if until and now < until <= now + timedelta(seconds=longest_s) else None
