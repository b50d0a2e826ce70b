"""The gate: which of the ready envelopes go out now and through which provider; and how much may be claimed of each
lane."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.delivery.hand import Hand, Key
from webapp.delivery.lot import Account, EngineSettings, Ready, accepted
from webapp.delivery.probe import as_probe, can_be_probe
from webapp.delivery.routes import Route
from webapp.domain.breaker import LONGEST_REST_S
from webapp.domain.pace import Pace
from webapp.models import leases, usage
from webapp.models.leases import Lane
from webapp.models.provider import take_probe

_AHEAD = 4  # times as many may wait for a subscriber as it is sent at once
_GROWTH = 2  # times as many are started ahead as were accepted since the last turn
_MOST_STARTED_AHEAD = 256  # by one account: so many may have been sent unrecorded when a process is killed
_MOST_WAITING = 2000  # for all subscribers together, in one process


class Gate:
    """One turn's gate, for the routes as they stand in it. Each process has its own; what they share is in the
    database, and is locked by whoever is about to change it."""

    def __init__(
        self, session: Session, routes: Mapping[Lane, Route], hand: Hand, settings: EngineSettings, now: datetime
    ) -> None:
        self.routes = dict(routes)
        self._session, self._hand, self._settings, self._now = session, hand, settings, now
        self._accounts = {account.key: account for route in routes.values() for account in route.accounts}
        self._paced_until: dict[int | None, datetime | None] = {
            account.provider_id: account.paced_until for account in self._accounts.values()
        }

    @property
    def media(self) -> dict[str, Route]:
        """The routes of the media that people are sent by."""
        return {lane: route for lane, route in self.routes.items() if isinstance(lane, str)}

    def let_through(self, ready: list[Ready], renewed: Collection[str]) -> tuple[list[Ready], list[Ready]]:
        """Split ``ready`` into what can be sent now, by whoever sends, and what nobody can send.

        Where a provider that would be preferred may be probed, one envelope goes through that as the probe.
        ``renewed``: the ids of the envelopes whose leases this turn has renewed.
        """
        self._lock(ready)
        used = {one.account.lane for one in ready}
        fit = {lane for lane in used if self.routes[lane].sender(self._now)}
        probing = {lane for lane in used if self.routes[lane].probes(self._now)}
        going, held = [], []
        for one in ready:
            lane = one.account.lane
            if lane in probing and (account := self._take_probe(one, lane)):
                until = self._until if one.envelope.id in renewed else one.lease_until
                going.append(as_probe(one, account, lease_until=until, now=self._now))
            else:
                (going if lane in fit else held).append(one)
        return going, held

    def is_paused(self, lane: Lane) -> bool:
        """Whether the lane's primary is paused; if not, its far side has only asked to be left alone."""
        return self.routes[lane].primary.stands.paused_reason is not None

    def within_room(self, going: list[Ready]) -> tuple[list[Ready], list[Ready]]:
        """Split ``going`` into what its provider may be handed now, and what waits for room; a probe needs none. Where
        an envelope waits that must not be started ahead, nothing of that account is: it would be passed over as long as
        more comes."""
        ahead = self._ahead_of_senders()
        for one in going:
            if not one.may_be_repeated:
                ahead.pop(one.account.key, None)
        room = self._room(ahead)
        picked, waiting = [], []
        for one in going:
            key = one.account.key
            if one.probe or room[key] > 0:
                picked.append(one)
                room[key] -= not one.probe
            else:
                waiting.append(one)
        self._use_pace(Counter(one.account.key for one in picked))
        return picked, waiting

    def full(self, waiting: Mapping[Lane, int], batch: int) -> set[Lane]:
        """Lanes in which so many are ``waiting`` that the lease of another would only run out. Where too much waits for
        all subscribers together, each of their lanes that has anything waiting is full."""
        too_many = sum(number for lane, number in waiting.items() if isinstance(lane, int)) >= _MOST_WAITING
        return {
            lane
            for lane, number in waiting.items()
            if number >= (batch / 2 if isinstance(lane, str) else 1 if too_many else self._most_waiting(lane))
        }

    def shares(self, waiting: Mapping[Lane, int]) -> dict[str, int]:
        """How many more may be claimed of each medium whose provider rests or keeps a pace, beside those ``waiting``
        already. What stays in the queue can still be cancelled, and is decided on by the facts of the moment when its
        turn comes."""
        shares = {}
        for medium, route in self.media.items():
            account = route.sender_or_next(self._now)
            stands, pace = account.stands, self._pace(account)
            if stands.paused_reason is None and stands.must_wait(self._now):
                shares[medium] = 0
            elif stands.paused_reason is None and pace:
                shares[medium] = max(pace.free(self._now) - waiting.get(medium, 0), 0)
        return shares

    def next_share(self, medium: str, in_hand: int) -> datetime:
        """When a medium that has a share may get more than what is in hand."""
        account = self.media[medium].sender_or_next(self._now)
        pace, rests_until = self._pace(account), account.stands.until(self._now)
        if rests_until or not pace:
            return rests_until or self._now
        return replace(pace, used_until=pace.after(in_hand, self._now)).next(self._now)

    def _lock(self, ready: list[Ready]) -> None:
        """Lock at once all health rows that this transaction may write: of the providers that may be probed or keep a
        pace, and of those that were tried. Locked one after the other, two processes could deadlock. They come after
        the deliveries that are about to move, as everywhere."""
        used = [self.routes[lane] for lane in {one.account.lane for one in ready}]
        if any(route.probes(self._now) or self._may_use_pace(route) for route in used):
            leases.still_leased(self._session, [leased for one in ready for leased in one.leased])
            known = [*self._accounts.values(), *(one.ready.account for one in self._hand.ended)]
            ids = {account.id for account in known if account.provider_id}
            self._paced_until = {**self._paced_until, **usage.lock(self._session, ids)}

    def _may_use_pace(self, route: Route) -> bool:
        sender = route.sender(self._now)
        pace = self._pace(sender) if sender else None
        return bool(pace and pace.free(self._now))

    def _take_probe(self, ready: Ready, lane: Lane) -> Account | None:
        """The first preferred provider that this envelope can probe and no other process is probing; each is asked for
        once."""
        until = min(self._until, self._now + timedelta(seconds=LONGEST_REST_S))
        while (probes := self.routes[lane].probes(self._now)) and can_be_probe(ready, probes[0]):
            account = probes[0]
            rests = replace(account, stands=replace(account.stands, paused_until=until))
            self.routes[lane] = self.routes[lane].each(lambda one, rests=rests: rests if one == rests else one)
            if take_probe(self._session, provider_id=account.id, now=self._now, until=until):
                return account
        return None

    @property
    def _until(self) -> datetime:
        return self._now + timedelta(seconds=self._settings.lease_s)

    def _ahead_of_senders(self) -> Counter[Key]:
        """How many may be started beyond what senders are free for: twice as many as were accepted since the last turn.
        So no sender waits for this turn, and the number grows to what is worth one. None of what must not be repeated:
        if the process dies, whatever was started may have arrived."""
        through = Counter(one.ready.account.key for one in self._hand.ended if accepted(one))
        return Counter({key: min(_GROWTH * number, _MOST_STARTED_AHEAD) for key, number in through.items()})

    def _most_waiting(self, lane: int) -> int:
        """How many envelopes may wait for a subscriber: what it can soon be sent, should it answer."""
        return _AHEAD * self.routes[lane].primary.at_once(self._settings.concurrency)

    def _room(self, ahead: Mapping[Key, int]) -> Counter[Key]:
        """Free places by account. A provider that has accepted nothing since it was edited or paused is proven by one
        envelope before the rest follow. Each process does so: a wrong set-up spoils at most as many as there are
        processes."""
        usual = self._settings.concurrency
        accounts = self._accounts.items()
        room = self._hand.room({key: one.at_once(usual) + ahead[key] if one.proven else 1 for key, one in accounts})
        for key, account in self._accounts.items():
            if pace := self._pace(account):
                room[key] = min(room[key], pace.free(self._now))
        return room

    def _pace(self, account: Account) -> Pace | None:
        return replace(pace, used_until=self._paced_until[account.provider_id]) if (pace := account.pace) else None

    def _use_pace(self, counts: Mapping[Key, int]) -> None:
        for key, count in sorted(counts.items()):
            if pace := self._pace(self._accounts[key]):
                provider_id = self._accounts[key].id
                self._paced_until[provider_id] = until = pace.after(count, self._now)
                usage.use_pace(self._session, provider_id=provider_id, until=until)
