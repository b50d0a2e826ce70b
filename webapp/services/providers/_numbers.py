"""The numbers beside providers: deliveries that wait, deliveries that failed, tries per hour, and channels that use
them."""

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
MOST_FAILED = 1000  # the newest failures; the page polls every few seconds, and nobody reads a higher number
_WAITS = ("queued", "held", "retrying")
# Literals, so that SQLite recognises that its partial indexes apply.
_FAILED = text("delivery.state IN ('undeliverable', 'unknown')")


@dataclass(frozen=True, slots=True)
class Hour:
    """The tries in the hour that began at ``at``, and those that failed by the provider's own fault."""

    at: datetime
    accepted: int = 0
    failed: int = 0

    @property
    def tries(self) -> int:
        """All of them."""
        return self.accepted + self.failed


@dataclass(frozen=True, slots=True)
class Numbers:
    """``states``: how many deliveries of a medium are in each pending state, counted to MOST_WAITING. ``failed``: of
    the newest MOST_FAILED failures, how many are in each state by the name of the provider that tried them last;
    ``failed_more``: there are older ones. ``channels``: how many use a medium. ``hours``: the last 24 by a provider's
    id, oldest first."""

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
    """How many deliveries for people are in these states, by medium and state; in one statement, each count by its own
    index."""
    asked = [(medium, state) for medium in media for state in states]
    row = db.session.execute(select(*(_counted(*one) for one in asked))).one()
    return {one: Bounded.of(n, most=MOST_WAITING) for one, n in zip(asked, row, strict=True)}


def _counted(medium: str, state: str) -> ScalarSelect[int]:
    its = Delivery.state == literal_column(f"'{state}'"), Delivery.subscriber_id.is_(None), Delivery.medium == medium
    # In the order of their index: otherwise PostgreSQL would scan all pending rows, hoping to reach the limit soon.
    some = select(literal(1)).select_from(Delivery).where(*its).order_by(Delivery.due_at).limit(MOST_WAITING + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _failed() -> dict[tuple[str, str], int]:
    """The newest failures by provider, one more than is shown."""
    newest = select(Delivery.id).where(_FAILED).order_by(Delivery.ended_at.desc(), Delivery.id.desc())
    bounded = newest.limit(MOST_FAILED + 1).subquery()
    whose = select(provider_name().label("provider"), Delivery.state, func.count())
    found = whose.join(bounded, bounded.c.id == Delivery.id).group_by(text("provider"), Delivery.state)
    return {(provider, state): n for provider, state, n in db.session.execute(found)}


def _hours(now: datetime) -> dict[int, tuple[Hour, ...]]:
    """The last 24 hours of each provider that had a try in them; hours without a try are included."""
    this = now.replace(minute=0, second=0, microsecond=0)
    last = [this - timedelta(hours=back) for back in reversed(range(HOURS))]
    rows: Sequence[ProviderHour] = db.session.scalars(select(ProviderHour).where(ProviderHour.hour >= last[0])).all()
    found: dict[int, dict[datetime, Hour]] = defaultdict(dict)
    for row in rows:
        found[row.provider_id][row.hour] = Hour(row.hour, row.accepted, row.failed)
    return {id: tuple(hours.get(at, Hour(at)) for at in last) for id, hours in found.items()}
