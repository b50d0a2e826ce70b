"""One turn's transaction: what has ended is written down, what is ready is started, what is due is claimed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.delivery import commit, health, record
from webapp.delivery.claim import claim
from webapp.delivery.hand import Hand
from webapp.delivery.load import active_accounts
from webapp.delivery.lot import Account, Dropped, EngineSettings, Finished, Kind, Ready, Written
from webapp.domain.breaker import LONGEST_REST_S
from webapp.domain.envelope import Failure
from webapp.models.job import Order, orders
from webapp.models.leases import Leased, renew
from webapp.models.provider import take_probe
from webapp.retries import Draw


@dataclass(slots=True, kw_only=True)
class Turn:
    """Reads what is in hand and changes nothing of it: should the commit fail, all is as it was.

    What it leaves to be done after the commit stands in ``starting`` (hand over), ``waiting`` (no room yet),
    ``renewed`` and ``claimed`` (under a lease until ``until``); ``again`` says that there may be more to claim.
    """

    session: Session
    hand: Hand
    settings: EngineSettings
    now: datetime
    draw: Draw
    process: str
    make_room: bool = False  # for a delivery that was in flight when a process died, and has to be sent alone
    written: Written = field(default_factory=Written)
    starting: list[Ready] = field(default_factory=list)
    waiting: list[Ready] = field(default_factory=list)
    renewed: list[Ready] = field(default_factory=list)
    claimed: list[Leased] = field(default_factory=list)
    again: bool = False
    accounts: dict[str, Account] = field(default_factory=dict)
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
        """Outcomes and attempts; what was handed over too late for its lease is given back."""
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
                resting=self._resting(finished),
            )
        )
        self.written.add(commit.give_back(self.session, dropped, now=self.now, started=True))

    def renew(self) -> None:
        """Hold on longer to what has used up half of its lease; what was lost meanwhile is not sent."""
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
        """Decisions are written down; envelopes are started for which their provider has room, the rest wait.

        The provider, the time to live and the pauses are looked at once more: they may have changed since the claim. A
        provider through which nothing has got since it was edited or paused is proven by one envelope before the rest
        follow.
        """
        self.written.add(commit.write_prepared(self.session, self.hand.prepared, now=self.now))
        if not self.waiting:
            return
        self.accounts = health.foreseen(active_accounts(self.session), self.hand.ended, self.now)
        stale, good = _parted(self.waiting, self._is_stale)
        self.written.add(commit.give_back(self.session, stale, now=self.now, started=False))
        going = self._let_through(good)
        room = self._room()
        picked, self.waiting = _parted(going, lambda ready: ready.probe or _took(room, ready.account.id))
        self.starting = commit.start(self.session, picked, now=self.now)

    def claim(self, kind: Kind, due: datetime) -> None:
        """A lot, but nothing for a medium that has one waiting already: its lease would only run out.

        A kind that an administrator has paused is claimed nowhere: the order is read in the claim's own transaction.
        Beside one that was in flight when a process died nothing else is sent, and one that has waited for that for
        long has the others wait for it.
        """
        if self.paused(kind):
            return
        alone = not (self.waiting or self.starting or self.hand.in_flight)
        if self._beside_crashed() or (self.make_room and not (alone and kind is Kind.LATER)):
            self.again = True
            return
        batch = self._order(kind).batch or self.settings.batch(kind)
        waiting = Counter(ready.account.medium for ready in self.waiting)
        busy = {medium for medium, number in waiting.items() if number >= batch / 2}
        if not (busy and busy >= set(self.accounts or self.hand.accounts)):
            self.claimed = claim(
                self.session,
                kind,
                due=due,
                now=self.now,
                until=self.until,
                limit=0 if self.make_room else batch,
                busy=busy,
                alone=alone,
            )
        # Asked again until there was room for every medium, and a moment to try a crashed one alone.
        self.again = bool(self.claimed or busy) or (kind is Kind.LATER and not alone)

    def _resting(self, finished: Sequence[Finished]) -> set[int]:
        """The paused providers; looked at only where something has failed."""
        if not any(isinstance(done.result.outcome, Failure) for done in finished):
            return set()
        return {account.id for account in active_accounts(self.session).values() if account.stands.paused_reason}

    def _is_stale(self, ready: Ready) -> bool:
        changed = self.accounts.get(ready.account.medium) != ready.account
        return changed or ready.expires_at <= self.now or any(self.paused(member.kind) for member in ready.members)

    def _beside_crashed(self) -> bool:
        in_hand = (*self.waiting, *self.starting, *self.hand.in_flight)
        return any(leased.crashes for ready in in_hand for leased in ready.leased)

    def paused(self, kind: Kind) -> bool:
        """Whether an administrator lets nothing of this kind be sent."""
        return self._order(kind).paused

    def _order(self, kind: Kind) -> Order:
        if self._orders is None:
            self._orders = orders(self.session, self.now)
        return self._orders.get(kind, Order())

    def _let_through(self, ready: list[Ready]) -> list[Ready]:
        """What need not be held: a paused provider sends nothing while it rests, and then one envelope as a probe."""
        going, held = [], []
        for one in ready:
            account = self.accounts[one.account.medium]
            if not account.stands.paused_reason:
                going.append(one)
            elif not account.stands.rests(self.now) and self._takes_probe(account):
                lease_until = self.until if one in self.renewed else one.lease_until
                going.append(replace(one, probe=True, lease_until=lease_until))
            else:
                held.append(one)
        self.written.add(commit.hold(self.session, held, now=self.now))
        return going

    def _takes_probe(self, account: Account) -> bool:
        until = min(self.until, self.now + timedelta(seconds=LONGEST_REST_S))
        return take_probe(self.session, provider_id=account.id, now=self.now, until=until)

    def _room(self) -> Counter[int]:
        most = {account.id: self.settings.concurrency if account.proven else 1 for account in self.accounts.values()}
        return self.hand.room(most)


def _took(room: Counter[int], account_id: int) -> bool:
    room[account_id] -= 1
    return room[account_id] >= 0


def _parted(all_ready: list[Ready], belongs: Callable[[Ready], bool]) -> tuple[list[Ready], list[Ready]]:
    """Those that belong and those that do not, each in order."""
    yes: list[Ready] = []
    no: list[Ready] = []
    for ready in all_ready:
        (yes if belongs(ready) else no).append(ready)
    return yes, no
