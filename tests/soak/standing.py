"""What the model of ``test_shuffle`` speaks of: a delivery as it ought to stand, a process, and what a try leads to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from webapp.delivery.lot import Kind
from webapp.domain.breaker import ProviderStanding, Shown, judge
from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, Blame, Certainty, ConfigurationFailure, Failure, PermanentFailure
from webapp.domain.reason import Reason

LEASE, SWEEP_EVERY = timedelta(seconds=60), timedelta(seconds=5)
MARGIN = timedelta(seconds=5)  # what must be left of a lease for a try to begin
BATCH, CONCURRENCY = 4, 2
DELAYS_S = (60, 300, 3600)
TRIES = len(DELAYS_S) + 1
DEATHS = 3
WAITING = frozenset({S.QUEUED, S.HELD, S.RETRYING})
AWAY = (Reason.PROVIDER_PAUSED, Reason.RATE_LIMITED)  # why something waits for a provider that is not fit


@dataclass(frozen=True)
class Answer:
    """What the far side says to a try, and whether it really took the mail."""

    outcome: Accepted | Failure
    took: bool = False

    @property
    def may_have_arrived(self) -> bool:
        """What one can know of it."""
        return isinstance(self.outcome, Failure) and self.outcome.certainty is Certainty.MAY_HAVE_ARRIVED


@dataclass(eq=False)
class Row:
    """A delivery. ``taken`` is how often the far side took it in this generation, ``copies`` how often it may have."""

    id: str
    person: str
    once: bool
    ttl: timedelta
    due: datetime
    expires: datetime
    state: S = S.QUEUED
    reason: Reason | None = None
    generation: int = 1
    failures: int = 0
    left: int = TRIES
    crashes: int = 0
    envelope: str | None = None
    replaces: str | None = None
    claim: int = 0
    until: datetime | None = None
    started: bool = False
    taken: int = 0
    copies: int = 1

    def move(self, state: S, reason: Reason | None = None) -> None:
        """Whoever moves it out of ``sending`` ends the hold on it."""
        self.state, self.reason, self.until, self.started = state, reason, None, False


@dataclass(eq=False)
class Hold:
    """What a process thinks that it holds: a delivery, under the lease that it knows of."""

    row: Row
    kind: Kind
    claim: int
    until: datetime
    new: bool
    envelope: str = ""
    crashes: int = 0  # as they were when it was claimed
    answer: Answer | None = None  # None where it was not tried: its lease had too little time left
    tried_at: datetime | None = None
    probe: bool = False  # let through although its provider is paused

    @property
    def ours(self) -> bool:
        """Whether it really does."""
        return self.row.state is S.SENDING and self.row.claim == self.claim


Decided = tuple[Hold, tuple[S, Reason | None]]


@dataclass
class Hand:
    """A process: what it has claimed, prepared without room to send, handed over, and heard of."""

    claimed: list[list[Hold]] = field(default_factory=list)
    waiting: list[Hold] = field(default_factory=list)
    flying: list[Hold] = field(default_factory=list)
    ended: list[Hold] = field(default_factory=list)
    next_sweep: datetime | None = None
    make_room: int = 0  # for a delivery that has to be sent alone

    def __bool__(self) -> bool:
        return bool(self.claimed or self.waiting or self.flying or self.ended)


def away(stands: ProviderStanding) -> Reason:
    """Why nothing is sent by a provider that stands so."""
    return Reason.PROVIDER_PAUSED if stands.paused_reason else Reason.RATE_LIMITED


def is_anything_due(rows: Iterable[Row], now: datetime) -> bool:
    """Whether something could go out, and be a probe."""
    return any(row.state in {S.QUEUED, S.RETRYING} and row.due <= now for row in rows)


def check(row: Row) -> None:
    """Sent means taken; nobody gets more copies than may have got lost; what says so never repeats."""
    taken = f"{row} was taken {row.taken} times"
    assert row.state is not S.SENT or row.taken, taken
    assert row.taken <= (1 if row.once else row.copies), taken
    assert not (row.state is S.UNDELIVERABLE and row.reason is Reason.EXHAUSTED and row.taken), taken
    assert 0 <= row.left <= TRIES
    assert row.left == TRIES - row.failures
    assert (row.until is not None) == (row.state is S.SENDING)
    assert row.state not in FINAL or not row.started


def is_free(row: Row, answer: Answer) -> bool:
    """While its process stops, a failure that may be repeated costs nothing."""
    if isinstance(answer.outcome, Accepted | PermanentFailure):
        return False
    return not (row.once and answer.may_have_arrived)


def settle(hold: Hold, answer: Answer, *, in_doubt: bool, resting: bool) -> None:
    """From the far side's answer to the next state; ``resting``: its provider is paused already."""
    row, outcome = hold.row, answer.outcome
    if isinstance(outcome, Accepted):
        row.move(S.SENT)
        return
    if _costs_nothing(answer, known=hold.probe or resting):
        row.due = hold.tried_at or row.due
        row.move(S.HELD, Reason.PROVIDER_PAUSED)
        return
    row.failures += 1
    row.left = TRIES - row.failures
    if isinstance(outcome, PermanentFailure):
        row.move(S.UNDELIVERABLE, outcome.reason)
    elif answer.may_have_arrived and row.once:
        row.move(S.UNKNOWN, outcome.reason)
    elif not row.left:
        row.move(S.UNKNOWN if answer.may_have_arrived or in_doubt else S.UNDELIVERABLE, Reason.EXHAUSTED)
    else:
        _later(row, outcome, hold.tried_at or row.due)


def _costs_nothing(answer: Answer, *, known: bool) -> bool:
    """A provider that is set up wrongly, or ``known`` not to work, burns nobody's tries."""
    if isinstance(answer.outcome, Accepted | PermanentFailure) or answer.may_have_arrived:
        return False
    return isinstance(answer.outcome, ConfigurationFailure) or (known and answer.outcome.blame is Blame.PROVIDER)


def _later(row: Row, outcome: Failure, failed_at: datetime) -> None:
    due = failed_at + timedelta(seconds=max(DELAYS_S[row.failures - 1], outcome.retry_after or 0))
    if due >= row.expires:
        row.move(S.CANCELLED, Reason.EXPIRED)
    else:
        row.due = due
        row.move(S.RETRYING, outcome.reason)


def free(row: Row) -> None:
    """What it was held for has come."""
    row.move(S.RETRYING if row.envelope else S.QUEUED)


def tries(hand: Hand) -> list[Shown]:
    """What has been heard of, for the breaker."""
    return [shown(hold) for hold in filter(is_tried, hand.ended)]


def in_vain(stands: ProviderStanding, hand: Hand, now: datetime) -> list[Hold]:
    """What ended after its provider was paused, if only by what ended just before."""
    found: list[Hold] = []
    for hold in filter(is_tried, hand.ended):
        found += [hold] if stands.paused_reason else []
        stands = judge(stands, [shown(hold)], now)
    return found


def shown(hold: Hold) -> Shown:
    """The same of one try."""
    assert hold.answer
    return Shown(hold.answer.outcome, hold.probe)


def is_tried(hold: Hold) -> bool:
    """For ``filter``."""
    return hold.answer is not None


def is_ours(hold: Hold) -> bool:
    """For ``filter``."""
    return hold.ours


def columns_promised(row: Row) -> dict[str, Any]:
    """The columns that the database has to show."""
    return {
        "state": row.state, "reason": row.reason, "generation": row.generation, "failures": row.failures,
        "retries_left": row.left, "crashes": row.crashes, "due_at": row.due, "expires_at": row.expires,
        "lease_until": row.until, "started": row.started, "envelope_id": row.envelope, "replaces": row.replaces,
    }  # fmt: skip


def columns_of(row: Any) -> dict[str, Any]:
    """The same ones of the database's own row."""
    names = (
        "state", "reason", "generation", "failures", "retries_left", "crashes", "due_at", "expires_at", "lease_until",
        "envelope_id", "replaces",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"started": row.started_at is not None}
