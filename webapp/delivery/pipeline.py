"""The pipeline: a process's part in the queue, turn by turn.

Each turn is one short transaction: what has ended is written down, what is ready is started, what is due is claimed.
While none is open, envelopes are handed to the senders and the claimed lot is prepared.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Event

from sqlalchemy.orm import Session, scoped_session

from webapp.database import reading, writing
from webapp.delivery import commit, record
from webapp.delivery.claim import claim, sweep
from webapp.delivery.load import active_accounts, load
from webapp.delivery.lot import Account, Dropped, Ended, EngineSettings, Finished, Kind, Prepared, Ready, Written
from webapp.delivery.prepare import prepare
from webapp.delivery.senders import InContext, Means, Senders
from webapp.domain import signals
from webapp.domain.clock import Clock
from webapp.domain.delivery_state import DeliveryState as S
from webapp.models.leases import Leased, renew
from webapp.providers import Provider
from webapp.retries import Draw

_log = logging.getLogger(__name__)
_SIGNALS = {
    S.SENT: signals.sent,
    S.RETRYING: signals.retry_requested,
    S.UNDELIVERABLE: signals.undeliverable,
    S.FILTERED: signals.filtered,
    S.CANCELLED: signals.cancelled,
}
_SWEEP_EVERY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What a pipeline works with, handed in by the entry points. ``in_context`` lets a thread work for the app."""

    session: "Session | scoped_session[Session]"  # a thread-local one: each thread gets its own
    clock: Clock
    settings: EngineSettings
    make_provider: Callable[[Account], Provider]
    in_context: InContext
    draw: Draw
    process: str


@dataclass(slots=True)
class _Turn:
    """What one transaction has done, to be acted on only after its commit."""

    at: datetime
    until: datetime  # of the leases that it took or renewed
    written: Written = field(default_factory=Written)
    starting: list[Ready] = field(default_factory=list)
    waiting: list[Ready] = field(default_factory=list)
    renewed: list[Ready] = field(default_factory=list)
    claimed: list[Leased] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)  # media that nothing was claimed for


class Pipeline:
    """``turn`` and ``stop`` are called by one thread only; ``wake`` by any."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._settings, self._now = engine, engine.settings, engine.clock.now
        self._lease = timedelta(seconds=engine.settings.lease_s)
        self._wanted: list[Kind] = []  # kinds that may have something due, in the order in which they take turns
        self._claimed: list[tuple[Kind, list[Leased], datetime]] = []  # claimed, not prepared yet
        self._prepared = Prepared()  # prepared, not committed yet
        self._handed: dict[str, Ready] = {}  # by envelope id: with the senders, or ended and not yet written down
        self._accounts: dict[str, Account] = {}  # the active ones by medium, as of the last start
        self._ended: list[Ended] = []
        self._from_senders: SimpleQueue[Ended] = SimpleQueue()
        self._next_sweep: datetime | None = None
        self.news = Event()  # set when something has ended or may be due
        self._senders = Senders(
            Means(
                make_provider=engine.make_provider,
                in_context=engine.in_context,
                clock=engine.clock,
                settings=engine.settings,
                done=self._take,
            )
        )

    def wake(self, kind: Kind) -> None:
        """Say that something of this kind may be due."""
        self._want(kind)
        self.news.set()

    def _want(self, kind: Kind) -> None:
        if kind not in self._wanted:
            self._wanted.append(kind)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is wanted, in hand or with the senders."""
        return not (self._wanted or self._claimed or self._prepared or self._handed)

    def turn(self, *, due: datetime | None = None) -> Written | None:
        """One turn; ``due`` bounds what is claimed (None: now). Gives what was written down, None where nothing moved.

        Where it raises, all stays in hand until the next turn: a sent message is not sent again because the database
        was away when it was to be written down.
        """
        self._prepare()
        self._collect()
        if not (self._wanted or self._prepared or self._ended or self._running_out(self._now())):
            return None
        kind = self._wanted.pop(0) if self._wanted else None
        try:
            done = self._commit(kind, due)
        except BaseException:
            if kind:
                self._want(kind)
            raise
        self._act(done, kind)
        return done.written if done.written.tally or done.starting or done.claimed else None

    def stop(self, *, deadline: float) -> None:
        """Claim nothing more, give back what was not handed over, and wait for what was until ``deadline`` (on the
        monotonic clock). What has not ended by then is given back to be tried again as it is; it costs nothing."""
        self._wanted.clear()
        self._prepare()
        with writing(self._engine.session) as session:
            commit.write_prepared(session, self._prepared, now=self._now())
            commit.give_back(session, self._prepared.ready, now=self._now(), started=False)
        self._prepared = Prepared()
        while self._handed and (left := deadline - self._engine.clock.monotonic()) > 0:
            self.news.wait(left)
            self.news.clear()
            self._collect()
            self._write_last()
        with writing(self._engine.session) as session:
            commit.give_back(session, self._handed.values(), now=self._now(), started=True)
        self.close()

    def close(self) -> None:
        """Let the senders end."""
        self._senders.close()

    # --- a turn, step by step ---------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """With no transaction open but a short one to read: formatting may take its time."""
        while self._claimed:
            kind, lot, until = self._claimed[0]
            with reading(self._engine.session) as session:
                loaded = load(session, lot, kind)
            ready = prepare(loaded, now=self._now(), lease_until=until, public_url=self._settings.public_url)
            self._prepared.add(ready)
            del self._claimed[0]

    def _collect(self) -> None:
        while not self._from_senders.empty():
            self._ended.append(self._from_senders.get())

    def _commit(self, kind: Kind | None, due: datetime | None) -> _Turn:
        now = self._now()
        done = _Turn(now, now + self._lease)
        with writing(self._engine.session) as session:
            self._write_ended(session, done)
            self._renew(session, done)
            done.written.add(commit.write_prepared(session, self._prepared, now=now))
            self._start(session, done)
            if kind is Kind.LATER:
                self._sweep(session, done)
            if kind:
                self._claim(session, done, kind, min(due or now, now))
            record.write_health(session, self._ended)
        return done

    def _act(self, done: _Turn, kind: Kind | None) -> None:
        """What follows from the commit."""
        self._settle()
        self._prepared = Prepared(ready=done.waiting)
        for ready in done.renewed:
            ready.lease_until = done.until
        for ready in done.starting:
            self._handed[ready.envelope.id] = ready
            self._senders.hand_over(ready)
        if kind and done.claimed:
            self._claimed.append((kind, done.claimed, done.until))
        if kind and (done.claimed or done.busy):
            self._want(kind)  # there may be more
        _tell(done.written)

    def _take(self, ended: Ended) -> None:
        """Called by a sender's thread."""
        self._from_senders.put(ended)
        self.news.set()

    def _write_ended(self, session: Session, done: _Turn, *, stopping: bool = False) -> None:
        finished = [ended for ended in self._ended if isinstance(ended, Finished)]
        dropped = [ended.ready for ended in self._ended if isinstance(ended, Dropped)]
        engine = self._engine
        written = record.write_results(
            session, finished, now=done.at, draw=engine.draw, process=engine.process, stopping=stopping
        )
        done.written.add(written)
        done.written.add(commit.give_back(session, dropped, now=done.at, started=True))

    def _write_last(self) -> None:
        now = self._now()
        done = _Turn(now, now)
        with writing(self._engine.session) as session:
            self._write_ended(session, done, stopping=True)
            record.write_health(session, self._ended)
        self._settle()
        _tell(done.written)

    def _settle(self) -> None:
        """Forget what has been written down."""
        for ended in self._ended:
            self._handed.pop(ended.ready.envelope.id, None)
        self._ended = []

    def _renew(self, session: Session, done: _Turn) -> None:
        """Hold on longer to what has used up half of its lease; what was lost meanwhile is not sent."""
        old = self._running_out(done.at)
        if not old:
            return
        mine = renew(session, [leased for ready in old for leased in ready.leased], until=done.until)
        done.renewed = [ready for ready in old if all(leased.id in mine for leased in ready.leased)]
        lost = {ready.envelope.id for ready in old} - {ready.envelope.id for ready in done.renewed}
        self._prepared.ready = [ready for ready in self._prepared.ready if ready.envelope.id not in lost]

    def _running_out(self, now: datetime) -> list[Ready]:
        """What is held here and has used up half of its lease."""
        ended = {ended.ready.envelope.id for ended in self._ended}
        held = [*self._prepared.ready, *(ready for key, ready in self._handed.items() if key not in ended)]
        return [ready for ready in held if ready.lease_until - now < self._lease / 2]

    def _start(self, session: Session, done: _Turn) -> None:
        """As many as their provider has room for; the rest wait. The provider and the time to live are looked at once
        more: both may have changed since the claim."""
        if not self._prepared.ready:
            return
        current = self._accounts = active_accounts(session)
        room = self._room()
        picked: list[Ready] = []
        stale: list[Ready] = []
        for ready in self._prepared.ready:
            account = ready.account
            if current.get(account.medium) != account or ready.expires_at <= done.at:
                stale.append(ready)
            elif room[account.id] > 0:
                room[account.id] -= 1
                picked.append(ready)
            else:
                done.waiting.append(ready)
        done.written.add(commit.give_back(session, stale, now=done.at, started=False))
        done.starting = commit.start(session, picked, now=done.at)

    def _room(self) -> Counter[int]:
        """How many more envelopes each provider's share may have in flight."""
        ended = {ended.ready.envelope.id for ended in self._ended}
        flying = Counter(ready.account.id for key, ready in self._handed.items() if key not in ended)
        everybody = {ready.account.id for ready in self._prepared.ready}
        return Counter({account: self._settings.concurrency - flying[account] for account in everybody})

    def _sweep(self, session: Session, done: _Turn) -> None:
        """Now and then: what dead processes hold, and what has expired."""
        if self._next_sweep is None or done.at >= self._next_sweep:
            self._next_sweep = done.at + timedelta(seconds=min(_SWEEP_EVERY_S, self._settings.lease_s / 4))
            written = sweep(session, now=done.at, settings=self._settings, process=self._engine.process)
            done.written.add(written)

    def _claim(self, session: Session, done: _Turn, kind: Kind, due: datetime) -> None:
        """A lot, but nothing for a medium that has one waiting already: its lease would only run out."""
        batch = self._settings.batch(kind)
        waiting = Counter(ready.account.medium for ready in done.waiting)
        done.busy = {medium for medium, number in waiting.items() if number >= batch / 2}
        if done.busy and done.busy >= set(self._accounts):
            return
        alone = not (done.waiting or done.starting or len(self._handed) > len(self._ended))
        done.claimed = claim(session, kind, due=due, until=done.until, limit=batch, busy=done.busy, alone=alone)


def _tell(written: Written) -> None:
    """Fire the signals. Whoever listens may fail; the queue goes on."""
    for state, signal in _SIGNALS.items():
        if ids := written.ids.get(state):
            try:
                signal.send(ids=tuple(ids))
            except Exception:  # noqa: BLE001 — it is theirs
                _log.exception("A receiver of the signal %s raised", signal.name)
