"""The pipeline: a process's part in working off the queue, turn by turn.

Each turn is one short transaction. Between turns, with none open, envelopes are handed to the senders and claimed
deliveries are prepared, so that no transaction waits for a far side or a formatter.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from queue import SimpleQueue
from threading import Event

from sqlalchemy.orm import Session, scoped_session

from webapp.database import STORAGE_TROUBLE, reading, tell_fault, writing
from webapp.delivery import commit
from webapp.delivery._firing import fire
from webapp.delivery._share import InContext, Means
from webapp.delivery.hand import Hand
from webapp.delivery.links import Links
from webapp.delivery.load import load
from webapp.delivery.lot import Account, Ended, EngineSettings, Kind, Prepared, Written, accepted
from webapp.delivery.prepare import prepare
from webapp.delivery.reminder import Reminder
from webapp.delivery.rendering import Rendering
from webapp.delivery.senders import Senders
from webapp.delivery.sweeps import Sweeps
from webapp.delivery.telling import Teller
from webapp.delivery.turn import Turn
from webapp.domain.clock import Clock
from webapp.providers import Provider
from webapp.retries import Draw

_log = logging.getLogger(__name__)
_AGAIN_AFTER_S = 0.5  # while stopping
# A turn costs the same for one envelope as for many: it first waits up to 5 moments for more of them to end; up to 20
# while the senders have more than they can send at once.
_MOMENT_S, _MOMENTS, _MOMENTS_AT_HAND = 0.002, 5, 20


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
    links: Links


class Pipeline:
    """``turn`` and ``stop`` are called by one thread only; ``wake`` by any."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._settings, self._now = engine, engine.settings, engine.clock.now
        self._lease = timedelta(seconds=engine.settings.lease_s)
        self._wanted: list[Kind] = []  # kinds that may have something due, in the order in which they take turns
        self._hand = hand = Hand()
        self._a_turn = partial(Turn, hand=hand, settings=engine.settings, draw=engine.draw, process=engine.process)
        self._from_senders: SimpleQueue[Ended] = SimpleQueue()
        self._sweeps = Sweeps(engine.settings.lease_s)
        self._later, self._teller = Reminder(), Teller(engine.session)
        self._rendering = Rendering(lease_s=engine.settings.lease_s, clock=self._now)
        self._woken = False  # since the last turn
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
        self._woken = True
        self.news.set()

    @property
    def at_rest(self) -> bool:
        """Whether nothing is wanted, in hand or with the senders."""
        return not (self._wanted or self._hand)

    def idle_s(self, longest_s: float) -> float:
        """Seconds for which it may be left alone while nothing ends and nobody wakes it, ``longest_s`` at most."""
        return self._later.idle_s(self._now(), longest_s)

    def turn(self, *, due: datetime | None = None) -> Written | None:
        """Take a turn. Where it moved nothing, the next kind gets one, so that nobody sleeps before each wanted kind
        had its turn.

        ``due`` bounds what is claimed (None: now). Returns what was written down, or None where nothing moved.

        If it raises, everything stays in hand until the next turn: a message is not sent twice because the database was
        away when its outcome was to be written down.
        """
        for _ in Kind:
            moved = self._turn(due)
            if moved or not self._wanted:
                return moved
        return None

    def _turn(self, due: datetime | None) -> Written | None:
        self._prepare()
        self._gather()
        hand, now = self._hand, self._now()
        self._senders.forget_idle()
        if due_kinds := self._later.due(now):
            self._wanted = [*due_kinds, *(kind for kind in self._wanted if kind not in due_kinds)]
        in_hand = hand.prepared or hand.ended or hand.running_out(now, self._lease)
        if not (self._wanted or in_hand or self._sweeps.due(now)):
            return None
        kind = self._wanted.pop(0) if self._wanted else None
        try:
            done = self._commit(kind, now, min(due or now, now))
        except BaseException:
            if kind:
                self._want(kind)
            raise
        self._follow_up(done, kind)
        self._teller.tell(self._now())
        return done.written if done.moved else None

    def hurry(self) -> None:
        """Announce that it is to stop: no more formatters are asked from now on. Callable from any thread."""
        self._rendering.stop()
        self.news.set()

    def stop(self, *, deadline: float) -> None:
        """Claim nothing more, give back what was not handed over, and wait for the rest until ``deadline`` (on the
        monotonic clock). What has not ended by then is released to be tried again as it is; no retry is spent.

        If the database is away, it is asked again until then: what was sent must not be sent once more.
        """
        self._wanted.clear()
        self._senders.take_back()
        while True:
            try:
                self._write_last()
                self._let_go()
            except STORAGE_TROUBLE as error:
                tell_fault(_log, "Stopping, the pipeline could not write down what it holds; it tries again", error)
            left = deadline - self._engine.clock.monotonic()
            if not self._hand or left <= 0:
                break
            self.news.wait(min(left, _AGAIN_AFTER_S))
            self.news.clear()
        self._leave()
        self.close()

    def close(self) -> None:
        """Let the senders end."""
        self._senders.close()

    def _want(self, kind: Kind) -> None:
        if kind not in self._wanted:
            self._wanted.append(kind)

    def _take(self, ended: Ended) -> None:
        """Called by a sender's thread."""
        self._from_senders.put(ended)
        if not self.news.is_set():  # to set it takes a lock
            self.news.set()

    def _prepare(self) -> None:
        """Prepare what was claimed, with no transaction open but a short one to read: formatters may take their time,
        within bounds."""
        self._rendering.begin()
        while self._hand.claimed:
            try:
                self._prepare_first()
            except STORAGE_TROUBLE:
                raise
            except Exception:  # noqa: BLE001 — one row that makes no sense must not stop the others
                self._split_first()

    def _prepare_first(self) -> None:
        kind, lot, until = self._hand.claimed[0]
        with reading(self._engine.session) as session:
            loaded = load(session, lot, kind, now=self._now())
        prepared = prepare(
            loaded, now=self._now(), lease_until=until, links=self._engine.links, rendering=self._rendering
        )
        self._hand.prepared.add(prepared)
        del self._hand.claimed[0]

    def _split_first(self) -> None:
        """Split the first lot, which could not be prepared, into single deliveries. One that fails by itself is left
        until its lease expires."""
        kind, lot, until = self._hand.claimed.pop(0)
        if len(lot) == 1:
            _log.exception("The delivery %s cannot be prepared", lot[0].id)
        else:
            self._hand.claimed[:0] = [(kind, [leased], until) for leased in lot]

    def _gather(self) -> None:
        """Collect what has ended. While that is less than half of what was handed over, wait a moment for more, unless
        somebody wakes us."""
        self._collect()
        for moment in range(_MOMENTS_AT_HAND):
            is_ahead = moment < _MOMENTS or self._hand.is_ahead(self._settings.concurrency)
            if self._woken or self._hand.is_mostly_over or not is_ahead:
                break
            time.sleep(_MOMENT_S)
            self._collect()
        self._woken = False

    def _collect(self) -> None:
        while not self._from_senders.empty():
            self._hand.ended.append(self._from_senders.get())

    def _commit(self, kind: Kind | None, now: datetime, due: datetime) -> Turn:
        with writing(self._engine.session) as session:
            turn = self._new_turn(session, now)
            turn.write_ended()
            turn.renew()
            turn.start()
            if kind is Kind.LATER or self._sweeps.due(now):
                self._teller.due |= self._sweeps.take_part(turn, due)
            if kind:
                turn.claim(kind, due)
            turn.write_health(self._hand.ended)
        return turn

    def _follow_up(self, turn: Turn, kind: Kind | None) -> None:
        """Do what the committed turn has left to be done."""
        hand = self._hand
        hand.settle()
        hand.prepared = Prepared(ready=turn.waiting)
        for ready in turn.renewed:
            ready.lease_until = turn.until
        for ready in turn.starting:
            hand.handed[ready.envelope.id] = ready
            self._senders.hand_over(ready)
        if kind and turn.claimed:
            hand.claimed.append((kind, turn.claimed, turn.until))
        for wanted in ([kind] if kind and turn.again else []) + sorted(turn.given_back):
            self._want(wanted)
        if kind and turn.again_at:
            self._later.keep(kind, turn.again_at, served=bool(turn.claimed))
        fire(turn.written)

    def _let_go(self) -> None:
        """While stopping: give back what was not handed over, and do not wait for formatters."""
        hand, now = self._hand, self._now()
        if hand.prepared or hand.claimed:
            with writing(self._engine.session) as session:
                written = commit.write_prepared(session, hand.prepared, now=now)
                written.add(commit.give_back(session, hand.prepared.ready, now=now, by=commit.STOP))
                for kind, lot, _until in hand.claimed:
                    written.add(commit.let_go(session, lot, kind, now=now))
            hand.prepared, hand.claimed = Prepared(), []
            fire(written)

    def _write_last(self) -> None:
        """While stopping: only what has ended."""
        self._collect()
        if not self._hand.ended:
            return
        with writing(self._engine.session) as session:
            turn = self._write_ended(session)
        self._hand.settle()
        fire(turn.written)

    def _leave(self) -> None:
        """At the deadline: write down what has ended, then release what is still in flight."""
        self._collect()
        with writing(self._engine.session) as session:
            turn = self._write_ended(session)
            left = commit.leave_behind(session, self._hand.in_flight, now=turn.now, process=self._engine.process)
        turn.written.add(left)
        fire(turn.written)

    def _write_ended(self, session: Session) -> Turn:
        turn = self._new_turn(session, self._now())
        turn.write_ended(stopping=True)
        # What fails while the process ends may be its own doing: only what went well speaks of a provider.
        turn.write_health([one for one in self._hand.ended if accepted(one)])
        return turn

    def _new_turn(self, session: Session, now: datetime) -> Turn:
        return self._a_turn(session=session, now=now, make_room=self._sweeps.make_room)
