"""The engine and whoever works on its queue, in any order: a state machine that is held against the promises."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition
from hypothesis.strategies import booleans, integers, sampled_from
from sqlalchemy import delete, update

from tests.soak.counting import counted
from tests.soak.process import (
    ACCEPTED,
    BADLY_SET_UP,
    LOST_SILENTLY,
    REFUSED_FOR_A_WHILE,
    REFUSED_FOR_GOOD,
    REFUSED_FOR_NOW,
    TAKEN_SILENTLY,
    Process,
)  # fmt: skip
from tests.soak.promises import Promises
from tests.soak.standing import LEASE, WAITING, Answer, Hold, Row, columns_of, columns_promised
from tests.support.world import World
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models.by_hand import SENDABLE
from webapp.models.provider import Provider, ProviderHealth
from webapp.models.user import User
from webapp.runtime import runtime
from webapp.services.auditing import audit
from webapp.services.providers import life_cycle
from webapp.services.queue import queue

PEOPLE = ("ada", "ben", "cem")
MOST = 12  # deliveries at once
TTLS_S = (30 * 86400, 4000, 200)
_WRITTEN = (
    "attempt",
    "move",
    "delivery",
    "envelope",
    "body",
    "user_notification",
    "posting_key",
    "message",
    "audit_event",
)

which, process = integers(0, 99), integers(0, 1)


def answered(name: str, answer: Answer) -> Callable[..., None]:
    """The rule that one of what is handed over meets this answer: at once, or it is awaited for a while."""

    def send(self: "Shuffle", pick: int, at_once: bool) -> None:
        self._send(pick, answer, at_once=at_once)

    send.__name__ = name
    return precondition(lambda self: self._flying(tried=False))(counted(pick=which, at_once=booleans())(send))


class Shuffle(RuleBasedStateMachine):
    """``world`` and its people's ``ids`` are given by a subclass; ``steps`` counts each rule's over all examples."""

    world: ClassVar[World]
    steps: ClassVar[Counter[str]]
    ids: ClassVar[dict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        self._clean()
        self.promises = Promises()
        self.processes = [Process(self.world), Process(self.world)]
        self._posts = 0

    # --- people ---

    @precondition(lambda self: len(self.promises.rows) < MOST)
    @counted(to=integers(1, 3), ttl_s=sampled_from(TTLS_S), channel=sampled_from(["team.news", "team.once"]))
    def post(self, to: int, ttl_s: int, channel: str) -> None:
        posted = self.world.post(*PEOPLE[:to], channel=channel, ttl_s=ttl_s)
        ttl, names = timedelta(seconds=ttl_s), dict(zip(self._people.values(), self._people, strict=True))
        for row in self.world.rows(message_id=posted.id):
            person, now = names[row.user_id], self.now
            self.promises.rows[row.id] = Row(row.id, person, channel == "team.once", ttl, now, now + ttl)

    @precondition(lambda self: not self.promises.gone and self._busy())
    @counted(person=sampled_from(PEOPLE))
    def leave(self, person: str) -> None:
        self.promises.gone.add(person)
        self.world.execute(update(User).where(User.username == person).values(active=False))

    @precondition(lambda self: self.promises.gone)
    @counted()
    def return_(self) -> None:
        self.promises.gone.clear()
        self.world.execute(update(User).values(active=True))

    @precondition(lambda self: self._in(WAITING | {S.SENDING}))
    @counted(seconds=sampled_from([1, 6, 25, 35, 57, 61, 200, 1000, 3600]))
    def pass_time(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    # --- the engine ---

    @precondition(lambda self: self._in({S.QUEUED}))
    @counted(place=process, on=booleans())
    def dispatch(self, place: int, on: bool) -> None:
        self._turn(place, Kind.FRESH)
        if on:
            self._turn(place, None)

    @precondition(lambda self: self._in(WAITING | {S.SENDING}))
    @counted(place=process, on=booleans())
    def resend(self, place: int, on: bool) -> None:
        """And sweep, now and then."""
        self._turn(place, Kind.LATER)
        if on:
            self._turn(place, None)

    @precondition(lambda self: self._busy())
    @counted(place=process)
    def turn(self, place: int) -> None:
        """What has been claimed is handed over, what has ended is written down."""
        self._turn(place, None)

    def _turn(self, place: int, kind: Kind | None) -> None:
        process = self.processes[place]
        starting = self.promises.turn(process.hand, kind, self.now)
        known = set(process.ready)
        process.turn(kind)
        new = {ready.leased[0].id: envelope for envelope, ready in process.ready.items() if envelope not in known}
        assert set(new) == {hold.row.id for hold in starting}
        for hold in starting:
            self._name(hold, new[hold.row.id])

    def _name(self, hold: Hold, envelope: str) -> None:
        """A try that is made again is of the same envelope; a first one has an envelope of its own."""
        if hold.new:
            assert envelope not in {row.envelope for row in self.promises.rows.values()}
        else:
            assert envelope == hold.envelope
        hold.envelope = hold.row.envelope = envelope

    accepted = answered("accepted", ACCEPTED)
    refused_for_now = answered("refused_for_now", REFUSED_FOR_NOW)
    refused_for_a_while = answered("refused_for_a_while", REFUSED_FOR_A_WHILE)
    refused_for_good = answered("refused_for_good", REFUSED_FOR_GOOD)
    badly_set_up = answered("badly_set_up", BADLY_SET_UP)
    taken_silently = answered("taken_silently", TAKEN_SILENTLY)
    lost_silently = answered("lost_silently", LOST_SILENTLY)

    def _send(self, pick: int, answer: Answer, *, at_once: bool) -> None:
        """The answer comes at once, or is still awaited."""
        process, hold = _picked(self._flying(tried=False), pick)
        tried = self.promises.try_one(hold, answer, self.now)
        before, self.world.mail.answer = len(self.world.mail.sent), answer.outcome
        process.send(hold.envelope)
        assert len(self.world.mail.sent) - before == tried
        if at_once or not tried:
            self._hear(process, hold)

    @precondition(lambda self: self._flying(tried=True))
    @counted(pick=which)
    def answer(self, pick: int) -> None:
        """What was awaited comes, be it after the lease has been lost."""
        process, hold = _picked(self._flying(tried=True), pick)
        self._hear(process, hold)

    def _hear(self, process: Process, hold: Hold) -> None:
        process.answer(hold.envelope)
        process.hand.flying.remove(hold)
        process.hand.ended.append(hold)

    @precondition(lambda self: self._busy())
    @counted(place=process)
    def crash(self, place: int) -> None:
        self.processes[place] = Process(self.world)

    @precondition(lambda self: self._busy())
    @counted(place=process)
    def freeze(self, place: int) -> None:
        """Past its lease, while the other one goes on."""
        self.world.clock.advance(61)
        for kind in (Kind.LATER, Kind.FRESH, None):
            self._turn(1 - place, kind)

    @precondition(lambda self: self._busy())
    @counted(place=process)
    def stop(self, place: int) -> None:
        process = self.processes[place]
        self.promises.stop(process.hand, self.now)
        process.pipeline.stop(deadline=self.world.clock.monotonic())
        self.processes[place] = Process(self.world)

    # --- administrators, operators ---

    @precondition(lambda self: not self.promises.provider)
    @counted()
    def activate(self) -> None:
        self.promises.activate()
        life_cycle.activate(name="email-main", by="ada", now=self.now, vault=runtime().vault)

    @precondition(lambda self: self.promises.provider and self._busy())
    @counted()
    def deactivate(self) -> None:
        self.promises.deactivate(self.now)
        life_cycle.deactivate(name="email-main", by="ada", now=self.now)

    @precondition(lambda self: self._in(WAITING))
    @counted(pick=which)
    def cancel(self, pick: int) -> None:
        self._by_hand(queue.cancel, pick, WAITING).move(S.CANCELLED, Reason.CANCELLED_BY_PERSON)

    @precondition(lambda self: self._in({S.HELD, S.RETRYING}))
    @counted(pick=which)
    def retry_now(self, pick: int) -> None:
        self._by_hand(queue.retry_now, pick, {S.HELD, S.RETRYING}).retry_now(self.now)

    @precondition(lambda self: self._in(SENDABLE))
    @counted(pick=which)
    def send_again(self, pick: int) -> None:
        self._by_hand(queue.send_again, pick, SENDABLE).send_again(self.now)

    @precondition(lambda self: self._in({S.UNKNOWN}))
    @counted(pick=which)
    def mark_arrived(self, pick: int) -> None:
        self._by_hand(queue.mark_arrived, pick, {S.UNKNOWN}).move(S.DELIVERED)

    @precondition(lambda self: self._in({S.SENDING}))
    @counted(pick=which, act=sampled_from([queue.cancel, queue.retry_now, queue.send_again, queue.mark_arrived]))
    def meddle(self, pick: int, act: Callable[..., queue.Handled]) -> None:
        """What is being sent is out of everybody's hands."""
        row = _picked(self._in({S.SENDING}), pick)
        assert list(act(ids=[row.id], by="ada", now=self.now).skipped) == [row.id]

    def _by_hand(self, act: Callable[..., queue.Handled], pick: int, states: Any) -> Row:
        row = _picked(self._in(states), pick)
        assert act(ids=[row.id], by="ada", now=self.now).done == (row.id,)
        return row

    # --- after every step ---

    @invariant()
    def every_delivery_is_as_promised(self) -> None:
        self.promises.check()
        stands = {row.id: columns_of(row) for row in self.world.rows()}
        assert stands == {row.id: columns_promised(row) for row in self.promises.rows.values()}

    @invariant()
    def the_audit_is_clean(self) -> None:
        assert audit.check(now=self.now, lease_s=LEASE.total_seconds()) == []

    # --- looking ---

    @property
    def now(self) -> Any:
        return self.world.clock.now()

    def _in(self, states: Any) -> list[Row]:
        return [row for row in self.promises.rows.values() if row.state in states]

    def _busy(self) -> bool:
        return any(process.hand for process in self.processes)

    def _flying(self, *, tried: bool) -> list[tuple[Process, Hold]]:
        all_ = [(process, hold) for process in self.processes for hold in process.hand.flying]
        return [(process, hold) for process, hold in all_ if (hold.envelope in process.ended) == tried]

    def _clean(self) -> None:
        with writing(db.session) as session:
            for name in _WRITTEN:
                session.execute(delete(db.metadata.tables[name]))
            session.execute(update(Provider).values(role="primary"))
            blank = dict.fromkeys(("paused_reason", "paused_until", "proven_at", "rests_until"))
            session.execute(update(ProviderHealth).values(streak=0, pauses=0, **blank))
            session.execute(update(User).values(active=True))
        self.world.mail.sent.clear()
        self._people = {name: self.ids[name] for name in PEOPLE}


def _picked(choices: list[Any], pick: int) -> Any:
    return choices[pick % len(choices)]
