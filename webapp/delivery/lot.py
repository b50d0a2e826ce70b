"""The values that travel down the pipeline: what was loaded for a claimed delivery, and what is ready to be sent."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from webapp.delivery.send import Result
from webapp.domain.alert import Alert
from webapp.domain.breaker import ProviderStanding
from webapp.domain.decision import Decision
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.envelope import Accepted, Envelope
from webapp.domain.medium import Medium
from webapp.domain.pace import Pace
from webapp.domain.reason import Reason
from webapp.domain.retry_policy import RetryPolicy
from webapp.formatters import Related
from webapp.models.leases import Lane, Leased
from webapp.models.wishes import NO_WISHES, Wish, Wishes

_WEBHOOK = Medium.WEBHOOK.value
LONGEST_ERROR = 1000  # characters of the last error that are kept with a delivery


class Kind(StrEnum):
    """First tries, or later ones."""

    FRESH = "dispatcher"
    LATER = "resender"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The engine's numbers, handed in; times in seconds."""

    lease_s: float = 60
    dispatch_batch: int = 200
    resend_batch: int = 200
    concurrency: int = 16
    stop_grace_s: float = 15

    def batch(self, kind: Kind) -> int:
        """How many deliveries of a kind are claimed at once."""
        return self.dispatch_batch if kind is Kind.FRESH else self.resend_batch


@dataclass(frozen=True)
class Account:
    """What an envelope is sent through, as the database has it: an active provider; or a subscriber, whose own settings
    say how it is reached. ``version`` tells one configuration from the next.

    ``proven``: something has got through since it was last edited or paused.
    """

    id: int
    name: str
    kind: str
    medium: str
    version: int
    settings: Mapping[str, Any] = field(compare=False)
    sealed: str = field(compare=False)
    stands: ProviderStanding = field(default=ProviderStanding(), compare=False)
    proven: bool = field(default=True, compare=False)
    paced_until: datetime | None = field(default=None, compare=False)

    @cached_property  # like its lane, asked for many times a delivery
    def key(self) -> tuple[str, int]:
        """Identifies the account: providers and subscribers are numbered apart."""
        return self.medium, self.id

    @cached_property
    def lane(self) -> Lane:
        """The lane in which its deliveries wait."""
        return self.id if self.medium == _WEBHOOK else self.medium

    @property
    def subscriber_id(self) -> int | None:
        """The subscriber's id, if it is one."""
        return self.id if self.medium == _WEBHOOK else None

    @property
    def provider_id(self) -> int | None:
        """The provider's id, if it is one."""
        return None if self.medium == _WEBHOOK else self.id

    @property
    def pace(self) -> Pace | None:
        """The bound on its sends per minute; None where nobody has set one."""
        per_minute = self.settings.get("per_minute")
        return Pace(per_minute, self.paced_until) if per_minute else None

    def at_once(self, usual: int) -> int:
        """How many sends through it one process may have in flight; ``usual`` where nobody has set another number."""
        return int(self.settings.get("at_once") or usual)


@dataclass(slots=True)
class Loaded:
    """A claimed delivery with all that is needed to decide on it, to format and to send it. Rows are plain mappings.

    ``wishes`` are those of all people in the lot about its channels. ``references`` is the Message-ID of the envelope
    that a new one takes the place of. ``decided`` is the record of the decision to send it, set once that is taken.
    ``stands_in_for`` names the primary where ``account`` is a fallback of it. ``read_at`` is when its reader opened it
    in the inbox, ``why`` why they have a copy there. ``related`` are messages that this one names.

    For a subscriber, ``recipient`` is its row, ``policy`` its own, and ``channel`` is never at most once.
    """

    leased: Leased
    kind: Kind
    message: Mapping[str, Any]
    recipient: Mapping[str, Any]
    channel: Mapping[str, Any]
    policy: RetryPolicy
    account: Account | None
    envelope: Mapping[str, Any] | None
    wishes: Wishes = NO_WISHES
    references: str | None = None
    decided: Mapping[str, Any] | None = None
    stands_in_for: str | None = None
    read_at: datetime | None = None
    why: str = "named"
    related: Mapping[str, Related] = field(default_factory=dict)
    wish: Wish | None = field(init=False)  # what the person said of this channel by this medium, if anything

    def __post_init__(self) -> None:
        leased = self.leased
        self.wish = self.wishes.said.get((leased.person_id, leased.channel_id, leased.medium))

    @property
    def is_to_subscriber(self) -> bool:
        """Whether it is for a subscriber, not for a person."""
        return self.leased.subscriber_id is not None


@dataclass(slots=True)
class Ready:
    """An envelope that can be sent, the deliveries in it and their common facts.

    ``new`` is whether the envelope is still to be written to the database, ``probe`` whether it is let through while
    its provider is paused.
    """

    envelope: Envelope
    members: list[Loaded]
    account: Account
    new: bool
    lease_until: datetime
    trigger: str
    probe: bool = False
    leased: list[Leased] = field(init=False)  # the claims on its deliveries
    expires_at: datetime = field(init=False)  # when the first of them must not be sent any more

    def __post_init__(self) -> None:
        self.leased = [member.leased for member in self.members]
        self.expires_at = min(leased.expires_at for leased in self.leased)

    @property
    def may_be_repeated(self) -> bool:
        """Whether it is better sent twice than not at all."""
        return not self.members[0].channel["at_most_once"]


class Finished(NamedTuple):
    """An envelope and the result of its try."""

    ready: Ready
    result: Result


@dataclass(frozen=True, slots=True)
class Dropped:
    """An envelope that was handed over and not tried: its lease had too little time left when its turn came, it would
    have been tried in vain, or the process is to end."""

    ready: Ready


Ended = Finished | Dropped


def accepted(ended: Ended) -> bool:
    """Whether the far side took it."""
    return isinstance(ended, Finished) and isinstance(ended.result.outcome, Accepted)


@dataclass(frozen=True, slots=True)
class Decided:
    """A delivery that is not sent now, and why; ``record`` is what is kept of the decision. ``by`` names who decided,
    where it was not by the facts of the delivery itself."""

    leased: Leased
    kind: Kind
    channel: str
    decision: Decision
    record: Mapping[str, object]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A delivery whose formatter raised, or, as ``reason`` says, the resolver of its address."""

    leased: Leased
    kind: Kind
    error: str
    reason: Reason = Reason.FORMATTER_FAILED


@dataclass(frozen=True, slots=True)
class Folded:
    """A delivery that its formatter put into no output; ``record`` is what is kept of that."""

    leased: Leased
    kind: Kind
    record: Mapping[str, object]


@dataclass(slots=True)
class Prepared:
    """What became of a claimed lot before anything was sent."""

    ready: list[Ready] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    folded: list[Folded] = field(default_factory=list)
    unasked: list[Loaded] = field(default_factory=list)  # there was no time left for their formatters

    def __bool__(self) -> bool:
        return bool(self.ready or self.decided or self.broken or self.folded or self.unasked)

    def add(self, other: "Prepared") -> None:
        """Add what became of another lot."""
        self.ready += other.ready
        self.decided += other.decided
        self.broken += other.broken
        self.folded += other.folded
        self.unasked += other.unasked


@dataclass(slots=True)
class Written:
    """What transactions wrote down: delivery ids by the state they reached, for the signals and a job's record."""

    ids: dict[DeliveryState, list[str]] = field(default_factory=lambda: defaultdict(list))
    tally: Counter[tuple[str, DeliveryState]] = field(default_factory=Counter)  # how many, by mover and new state
    refused: int = 0  # results that came too late: somebody else holds the delivery now
    alerts: list[Alert] = field(default_factory=list)

    def add(self, other: "Written") -> None:
        """Add what another transaction wrote."""
        for state, ids in other.ids.items():
            self.ids[state].extend(ids)
        self.tally += other.tally
        self.refused += other.refused
        self.alerts += other.alerts

    def counts(self, by: str | None = None) -> dict[str, int]:
        """How many reached each state, moved by ``by`` or by anybody."""
        counts: Counter[str] = Counter()
        for (mover, state), number in self.tally.items():
            if by in (None, mover):
                counts[state.value] += number
        return dict(counts)
