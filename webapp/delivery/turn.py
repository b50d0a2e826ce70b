"""One turn's transaction: what has ended is written down, what is ready is started, what is due is claimed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.delivery import commit, endpoints, health, record
from webapp.delivery.claim import claim, sweep
from webapp.delivery.gate import Gate
from webapp.delivery.hand import Hand
from webapp.delivery.lot import Dropped, Ended, EngineSettings, Finished, Kind, Ready, Written
from webapp.delivery.routes import Route, media_routes
from webapp.delivery.subscribers import subscriber_routes
from webapp.domain.envelope import Failure
from webapp.domain.reason import Reason
from webapp.models import incident
from webapp.models._due import ALONE_FROM
from webapp.models.job import Order, orders
from webapp.models.leases import Lane, Leased, renew
from webapp.retries import Draw

_SHORTLY = timedelta(milliseconds=20)  # another process's claim is over by then


@dataclass(slots=True, kw_only=True)
class Turn:
    """Reads what is in hand and changes none of it: should the commit fail, all is as it was.

    What is to be done after the commit stands in ``starting`` (hand over), ``waiting`` (no room yet), ``renewed`` and
    ``claimed`` (under a lease until ``until``). ``again``: there may be more to claim at once; ``again_at``: there may
    be by then; ``given_back``: the kinds of which there certainly is.
    """

    session: Session
    hand: Hand
    settings: EngineSettings
    now: datetime
    draw: Draw
    process: str
    # Lanes to be emptied, each with its crashes: what was in flight when a process died is sent alone.
    make_room: Mapping[Lane, int] = field(default_factory=dict)
    written: Written = field(default_factory=Written)
    starting: list[Ready] = field(default_factory=list)
    waiting: list[Ready] = field(default_factory=list)
    renewed: list[Ready] = field(default_factory=list)
    claimed: list[Leased] = field(default_factory=list)
    again: bool = False
    again_at: datetime | None = None
    given_back: set[Kind] = field(default_factory=set)
    _known: dict[str, Route] | None = None
    _gate: Gate | None = None
    _orders: dict[str, Order] | None = None

    @property
    def until(self) -> datetime:
        """The end of the leases that it takes or renews."""
        return self.now + timedelta(seconds=self.settings.lease_s)

    @property
    def moved(self) -> bool:
        """Whether it did anything."""
        return bool(self.written.tally or self.starting or self.claimed)

    def write_ended(self, *, stopping: bool = False) -> None:
        """Write down outcomes and attempts. What was handed over and not tried is given back; where nobody sends it
        now, it is held."""
        ended = self.hand.ended
        finished = [one for one in ended if isinstance(one, Finished)]
        dropped = [one.ready for one in ended if isinstance(one, Dropped)]
        self.written.add(
            record.write_results(
                self.session,
                finished,
                now=self.now,
                draw=self.draw,
                process=self.process,
                stopping=stopping,
                in_vain=self._in_vain(finished),
            )
        )
        unfit, fit = _parted(dropped, self._has_nobody)
        self.written.add(
            commit.try_again(self.session, fit, now=self.now, by=commit.STOP if stopping else commit.RECALL)
        )
        self._hold(unfit)

    def renew(self) -> None:
        """Renew the leases of which half is used up; what was lost meanwhile is not sent."""
        old = self.hand.running_out(self.now, timedelta(seconds=self.settings.lease_s))
        mine = (
            renew(self.session, [leased for ready in old for leased in ready.leased], until=self.until)
            if old
            else set()
        )
        self.renewed = [ready for ready in old if all(leased.id in mine for leased in ready.leased)]
        kept = {ready.envelope.id for ready in self.renewed}
        lost = {ready.envelope.id for ready in old} - kept
        self.waiting = [ready for ready in self.hand.prepared.ready if ready.envelope.id not in lost]

    def start(self) -> None:
        """Write down decisions, and start the envelopes for which their provider has room; the rest waits.

        Providers, times to live and pauses are looked at once more: they may have changed since the claim.
        """
        self.written.add(commit.write_prepared(self.session, self.hand.prepared, now=self.now))
        self.given_back = {member.kind for member in self.hand.prepared.unasked}
        if not self.waiting:
            return
        stale, good = _parted(self.waiting, self._stale())
        self.written.add(commit.give_back(self.session, stale, now=self.now))
        self.given_back |= {member.kind for ready in stale for member in ready.members}
        going, held = self.gate.let_through(good, {ready.envelope.id for ready in self.renewed})
        self._hold(held)
        picked, self.waiting = self.gate.within_room(going)
        self.starting = commit.start(self.session, picked, now=self.now)

    def sweep(self) -> None:
        """Resolve what dead processes hold, cancel what has expired, and release what is held without need."""
        self.written.add(
            sweep(self.session, now=self.now, settings=self.settings, process=self.process, routes=self.gate.media)
        )

    def claim(self, kind: Kind, due: datetime) -> None:
        """Claim a lot, but nothing in a lane where enough waits already: its lease would only run out.

        A kind that an administrator has paused is claimed by no process: the order is read in the claim's own
        transaction. While a delivery that was in flight when a process died is in hand, nothing else is claimed in its
        lane; after a second death, nothing else at all. Where one has waited long for its turn, the others have to wait
        for it.
        """
        if self.paused(kind):
            return
        in_use = self._crashes_by_lane()
        crashed = {lane for lane, crashes in in_use.items() if crashes}
        make_all_room = any(crashes >= ALONE_FROM for crashes in self.make_room.values())
        alone = any(crashes >= ALONE_FROM for crashes in in_use.values())
        if alone or (make_all_room and (in_use or kind is Kind.FRESH)):
            self.again = True
            return
        batch = self._order(kind).batch or self.settings.batch(kind)
        waiting = self._waiting_by_lane()
        full = crashed | self.gate.full(waiting, batch)
        busy, shares = full | self.make_room.keys(), self.gate.shares(waiting)
        claimed = claim(
            self.session,
            kind,
            due=due,
            now=self.now,
            until=self.until,
            limit=0 if make_all_room else batch,
            busy=busy,
            shares=shares,
            in_use=in_use,
        )
        self.claimed, in_hand = claimed.leased, waiting + claimed.envelopes
        # Asked again until there was room in every lane, and a moment to try a crashed one alone.
        left_out = in_use if kind is Kind.LATER else self.make_room
        self.again = bool(self.claimed or full or claimed.not_yet or left_out)
        used_up = [medium for medium, share in shares.items() if in_hand[medium] - waiting[medium] >= share]
        moments = [self.gate.next_share(medium, in_hand[medium]) for medium in used_up]
        self.again_at = min([*moments, *([self.now + _SHORTLY] if claimed.not_yet else [])], default=None)

    def write_health(self, ended: Sequence[Ended]) -> None:
        """Write down what these tries have shown about providers and endpoints. Administrators are alerted after the
        commit, or later by whoever finds the alert untold."""
        if ended:
            alerts = health.write_health(self.session, ended, routes=self._routes, now=self.now)
            alerts += endpoints.write_health(self.session, ended, now=self.now)
            incident.begin(self.session, [alert.topic for alert in alerts], now=self.now)
            self.written.alerts += alerts

    @property
    def gate(self) -> Gate:
        """The gate, for the routes as they stand after what has ended."""
        if self._gate is None:
            ways: dict[Lane, Route] = {**health.foreseen(self._routes, self.hand.ended, self.now)}
            ready = (one.account.subscriber_id for one in self.hand.prepared.ready)
            ways |= subscriber_routes(self.session, {id_ for id_ in ready if id_})
            self._gate = Gate(self.session, ways, self.hand, self.settings, self.now)
        return self._gate

    @property
    def without_share(self) -> set[Lane]:
        """The media of which nothing more may be claimed for now."""
        shares = self.gate.shares(self._waiting_by_lane())
        return {medium for medium, share in shares.items() if not share}

    @property
    def _routes(self) -> dict[str, Route]:
        """The routes as the database has them, read once a turn."""
        if self._known is None:
            self._known = media_routes(self.session)
        return self._known

    def _waiting_by_lane(self) -> Counter[Lane]:
        return Counter(ready.account.lane for ready in self.waiting)

    def _in_vain(self, finished: Sequence[Finished]) -> set[str]:
        """Ids of the envelopes that a paused provider tried; looked for only where something has failed."""
        if not any(isinstance(done.result.outcome, Failure) for done in finished):
            return set()
        return health.in_vain(self._routes, finished, self.now)

    def _stale(self) -> Callable[[Ready], bool]:
        """A test for what is no longer to be sent as it is: another provider sends now, it has expired, or its kind is
        paused."""
        serving = {lane: route.sender_or_next(self.now) for lane, route in self.gate.routes.items()}
        paused = {kind for kind in Kind if self.paused(kind)}

        def is_stale(ready: Ready) -> bool:
            changed = serving.get(ready.account.lane) != ready.account
            is_over = ready.expires_at <= self.now
            return changed or is_over or bool(paused and any(one.kind in paused for one in ready.members))

        return is_stale

    def _crashes_by_lane(self) -> dict[Lane, int]:
        """The lanes of what is in hand, each with the most crashes that one of it has seen."""
        in_hand = (*self.waiting, *self.starting, *self.hand.in_flight)
        most = dict.fromkeys((ready.account.lane for ready in in_hand), 0)
        for member in (member for ready in in_hand for member in ready.members if member.leased.crashes):
            most[member.leased.lane] = max(most[member.leased.lane], member.leased.crashes)
        return most

    def paused(self, kind: Kind) -> bool:
        """Whether an administrator lets nothing of this kind be sent."""
        return self._order(kind).paused

    def _order(self, kind: Kind) -> Order:
        if self._orders is None:
            self._orders = orders(self.session, self.now)
        return self._orders.get(kind, Order())

    def _has_nobody(self, ready: Ready) -> bool:
        """Whether nobody sends it now."""
        route = self.gate.routes.get(ready.account.lane)
        return route is not None and route.sender(self.now) is None

    def _hold(self, ready: list[Ready]) -> None:
        paused, resting = _parted(ready, lambda one: self.gate.is_paused(one.account.lane))
        self.written.add(commit.hold(self.session, paused, reason=Reason.PROVIDER_PAUSED, now=self.now))
        self.written.add(commit.hold(self.session, resting, reason=Reason.RATE_LIMITED, now=self.now))


def _parted(all_ready: list[Ready], belongs: Callable[[Ready], bool]) -> tuple[list[Ready], list[Ready]]:
    """Those for which ``belongs`` is true, and the others; each in order."""
    yes: list[Ready] = []
    no: list[Ready] = []
    for ready in all_ready:
        (yes if belongs(ready) else no).append(ready)
    return yes, no
