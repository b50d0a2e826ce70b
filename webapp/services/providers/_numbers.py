"""What is counted beside providers: what waits for them, what failed by them, their tries hour by hour, and where they
are used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func, literal, literal_column, select, text

from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.medium import FOR_PEOPLE
from webapp.extensions import db
from webapp.models.channel import ChannelMedium
from webapp.models.delivery import Delivery
from webapp.models.provider import ProviderHour
from webapp.services._courses import provider_name

HOURS = 24
MOST_WAITING = 10_000
MOST_FAILED = 1000  # the newest; the page asks every few seconds, and nobody reads a higher number
_WAITS = ("queued", "held", "retrying")
# Literals, so that SQLite sees that its partial indexes hold them.
_FAILED = text("delivery.state IN ('undeliverable', 'unknown')")


@dataclass(frozen=True, slots=True)
class Hour:
    """How many tries were taken in the hour that began at ``at``, and how many failed by the provider's own fault."""

    at: datetime
    accepted: int = 0
    failed: int = 0

    @property
    def tries(self) -> int:
        """All of them."""
        return self.accepted + self.failed


@dataclass(frozen=True, slots=True)
class Numbers:
    """``states``: how many deliveries of a medium are in a state that waits, counted to MOST_WAITING. ``failed``: how
    many are in a state that failed and were tried last by the provider of that name, of the newest MOST_FAILED that
    did; with ``failed_more`` there are older ones. ``channels``: how many use a medium. ``hours``: the last 24 by a
    provider's id, the oldest first."""

    states: Mapping[tuple[str, str], Bounded] = field(default_factory=dict)
    failed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    failed_more: bool = False
    channels: Mapping[str, int] = field(default_factory=dict)
    hours: Mapping[int, tuple[Hour, ...]] = field(default_factory=dict)

    def waiting(self, medium: str) -> Bounded:
        """How many deliveries of a medium wait for their first try."""
        return sum((self.states.get((medium, state), NOTHING) for state in ("queued", "held")), NOTHING)


NONE = Numbers()


def count(now: datetime) -> Numbers:
    """The numbers of all providers, by four statements."""
    number, failed = func.count(), _failed()
    used = select(ChannelMedium.medium, number).group_by(ChannelMedium.medium)
    return Numbers(
        states=waiting(_WAITS, FOR_PEOPLE),
        failed={key: min(found, MOST_FAILED) for key, found in failed.items()},
        failed_more=sum(failed.values()) > MOST_FAILED,
        channels={medium: channels for medium, channels in db.session.execute(used)},  # noqa: C416 - no mapping
        hours=_hours(now),
    )


def waiting(states: Iterable[str], media: Iterable[str]) -> dict[tuple[str, str], Bounded]:
    """How many for people are in these states, by medium and state; in one statement, each by its own index."""
    asked = [(medium, state) for medium in media for state in states]
    row = db.session.execute(select(*(_counted(*one) for one in asked))).one()
    return {one: Bounded.of(n, most=MOST_WAITING) for one, n in zip(asked, row, strict=True)}


def _counted(medium: str, state: str) -> ScalarSelect[int]:
    its = Delivery.state == literal_column(f"'{state}'"), Delivery.subscriber_id.is_(None), Delivery.medium == medium
    # In the order of their own index: PostgreSQL would rather go through all that wait, hoping for the limit.
    some = select(literal(1)).select_from(Delivery).where(*its).order_by(Delivery.due_at).limit(MOST_WAITING + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _failed() -> dict[tuple[str, str], int]:
    """Whose the newest are: one more of them than is told."""
    newest = select(Delivery.id).where(_FAILED).order_by(Delivery.ended_at.desc(), Delivery.id.desc())
    bounded = newest.limit(MOST_FAILED + 1).subquery()
    whose = select(provider_name().label("provider"), Delivery.state, func.count())
    found = whose.join(bounded, bounded.c.id == Delivery.id).group_by(text("provider"), Delivery.state)
    return {(provider, state): n for provider, state, n in db.session.execute(found)}


def _hours(now: datetime) -> dict[int, tuple[Hour, ...]]:
    """Every hour of each provider that had one; those without a try are there as well."""
    this = now.replace(minute=0, second=0, microsecond=0)
    last = [this - timedelta(hours=back) for back in reversed(range(HOURS))]
    rows: Sequence[ProviderHour] = db.session.scalars(select(ProviderHour).where(ProviderHour.hour >= last[0])).all()
    found: dict[int, dict[datetime, Hour]] = defaultdict(dict)
    for row in rows:
        found[row.provider_id][row.hour] = Hour(row.hour, row.accepted, row.failed)
    return {id: tuple(hours.get(at, Hour(at)) for at in last) for id, hours in found.items()}
