"""What one process holds of the queue, from the claim until its outcome has been written down."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.delivery.lot import Ended, Kind, Prepared, Ready
from webapp.models.leases import Leased

Key = tuple[str, int]  # an account's


@dataclass(slots=True)
class Hand:
    """Changed by the pipeline's thread alone, and only after the transaction that it mirrors has been committed."""

    claimed: list[tuple[Kind, list[Leased], datetime]] = field(default_factory=list)  # with the lease's end
    prepared: Prepared = field(default_factory=Prepared)
    handed: dict[str, Ready] = field(default_factory=dict)  # by envelope id: with the senders, or ended
    ended: list[Ended] = field(default_factory=list)  # to be written down

    def __bool__(self) -> bool:
        return bool(self.claimed or self.prepared or self.handed)

    @property
    def in_flight(self) -> list[Ready]:
        """What the senders have."""
        ended = {one.ready.envelope.id for one in self.ended}
        return [ready for key, ready in self.handed.items() if key not in ended]

    def running_out(self, now: datetime, lease: timedelta) -> list[Ready]:
        """What has used up half of its lease."""
        soon = now + lease / 2
        return [ready for ready in (*self.prepared.ready, *self.in_flight) if ready.lease_until < soon]

    def room(self, most: Mapping[Key, int]) -> Counter[Key]:
        """How many more envelopes may be in flight, by account's key; ``most`` says how many may be at all."""
        flying = Counter(ready.account.key for ready in self.in_flight)
        return Counter({key: allowed - flying[key] for key, allowed in most.items()})

    @property
    def is_mostly_over(self) -> bool:
        """Whether at least half of what was handed over has ended; also true where nothing has ended yet."""
        return not self.ended or 2 * len(self.ended) >= len(self.handed)

    def is_ahead(self, usual: int) -> bool:
        """Whether the senders have more than they can send at once; ``usual`` is the bound of an account that has none
        set."""
        flying = self.in_flight
        at_once = {ready.account.key: ready.account.at_once(usual) for ready in flying}
        return len(flying) > sum(at_once.values())

    def settle(self) -> None:
        """Forget what has been written down."""
        for one in self.ended:
            self.handed.pop(one.ready.envelope.id, None)
        self.ended = []
