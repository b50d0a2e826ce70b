"""The circuit breaker: when a provider is paused, for how long, and what a probe shows about it."""

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

FAULTS_ALLOWED = 5  # the provider's own faults in a row that pause it
FIRST_REST_S, LONGEST_REST_S = 30.0, 900.0  # the first pause, and the bound up to which it doubles while probes fail
LONGEST_ASKED_S = 86400.0  # a far side's Retry-After is believed up to a day, unless the policy caps it lower


@dataclass(frozen=True, slots=True)
class ProviderStanding:
    """A provider's standing: its faults in a row, and its pause. ``pauses`` counts pauses with no success between.

    ``rests_until``: its far side has asked to be left alone until then (Retry-After). That is no fault, and needs no
    probe.
    """

    streak: int = 0
    paused_reason: Reason | None = None
    paused_until: datetime | None = None
    pauses: int = 0
    rests_until: datetime | None = None

    def until(self, now: datetime) -> datetime | None:
        """Up to when nothing is to be sent by it; None where something may be sent now, if only a probe.

        A time further ahead than the longest pause or rest was written under a clock that has since gone back: it is
        ignored.
        """
        if self.paused_until is None and self.rests_until is None:
            return None
        paused = _believed(self.paused_until, LONGEST_REST_S, now)
        asked = _believed(self.rests_until, LONGEST_ASKED_S, now)
        return max(filter(None, (paused, asked)), default=None)

    def must_wait(self, now: datetime) -> bool:
        """Whether nothing is to be sent by it yet."""
        return self.until(now) is not None

    def fit(self, now: datetime) -> bool:
        """Whether everything may be sent by it."""
        return self.paused_reason is None and not self.must_wait(now)

    def may_be_probed(self, now: datetime) -> bool:
        """Whether one envelope at a time may be sent by it: it is paused, and the time of its pause is over."""
        return self.paused_reason is not None and not self.must_wait(now)


class Shown(NamedTuple):
    """What one try has shown about a provider. ``probe``: it was let through while the provider was paused.

    ``longest_s``: the policy's cap on the rest that a far side may ask for, in seconds.
    """

    outcome: Accepted | Failure
    probe: bool = False
    longest_s: float | None = None


def judge(standing: ProviderStanding, tries: Iterable[Shown], now: datetime) -> ProviderStanding:
    """A provider's standing after these tries, in the order in which they ended.

    A configuration failure pauses it at once, its other faults after ``FAULTS_ALLOWED`` in a row. A refusal of a
    recipient or of content shows that it works. For a paused provider only the probe counts; for one that rests,
    further tries that are asked to wait count as no new fault.
    """
    for shown in tries:
        asked_s = _asks_for(shown)
        repeats = asked_s and standing.must_wait(now)
        if (standing.paused_reason is None and not repeats) or shown.probe:
            standing = _after(standing, shown, now)
        if asked_s:
            known = _believed(standing.rests_until, LONGEST_ASKED_S, now) or now
            standing = replace(standing, rests_until=max(known, now + timedelta(seconds=asked_s)))
    return standing


def rest_asked(outcome: Failure, longest_s: float | None) -> float:
    """How long the far side asks to be left alone, in seconds, within bounds; 0 where it does not."""
    asked_s = outcome.retry_after
    return 0.0 if asked_s is None else min(max(0.0, asked_s), longest_s or LONGEST_ASKED_S, LONGEST_ASKED_S)


def blames_provider(outcome: Accepted | Failure) -> bool:
    """Whether a try speaks against the provider itself. A permanent refusal never does: a provider that refuses is
    working."""
    return (
        isinstance(outcome, Failure) and not isinstance(outcome, PermanentFailure) and outcome.blame is Blame.PROVIDER
    )


def _after(standing: ProviderStanding, shown: Shown, now: datetime) -> ProviderStanding:
    outcome = shown.outcome
    if not isinstance(outcome, Failure) or not blames_provider(outcome):
        # Most providers have no trouble, and this runs for each delivery: then nothing is built anew.
        in_trouble = standing.streak or standing.pauses or standing.paused_reason
        return ProviderStanding(rests_until=standing.rests_until) if in_trouble else standing
    streak = standing.streak + 1
    if shown.probe or isinstance(outcome, ConfigurationFailure) or streak >= FAULTS_ALLOWED:
        return _paused(standing, streak, outcome.reason, now)
    return replace(standing, streak=streak)


def _paused(standing: ProviderStanding, streak: int, reason: Reason, now: datetime) -> ProviderStanding:
    rest_s = min(FIRST_REST_S * 2.0 ** min(standing.pauses, 30), LONGEST_REST_S)
    until = now + timedelta(seconds=rest_s)
    return replace(standing, streak=streak, paused_reason=reason, paused_until=until, pauses=standing.pauses + 1)


def _asks_for(shown: Shown) -> float:
    """For how many seconds this try shows that the provider wants to be left alone."""
    outcome = shown.outcome
    if not isinstance(outcome, TemporaryFailure) or not blames_provider(outcome):
        return 0.0
    return rest_asked(outcome, shown.longest_s)


def _believed(until: datetime | None, longest_s: float, now: datetime) -> datetime | None:
    return until if until and now < until <= now + timedelta(seconds=longest_s) else None
