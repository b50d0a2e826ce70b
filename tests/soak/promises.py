"""What Belfry promises of each delivery, said a second time and more simply: the model of ``test_shuffle``."""
# ruff: noqa: I001

from dataclasses import replace
from datetime import datetime

from tests.soak.standing import (
    AWAY, BATCH, CONCURRENCY, DEATHS, LEASE, MARGIN, SWEEP_EVERY, TRIES, WAITING,
    Answer, Decided, Hand, Hold, Row,
    away, check, free, in_vain, is_anything_due, is_free, is_ours, settle, tries,
)  # fmt: skip
from webapp.delivery.lot import Kind
from webapp.domain.breaker import ProviderStanding, Shown, judge
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted
from webapp.domain.reason import Reason


class Promises:
    """All deliveries as they ought to stand; ``provider`` is whether one is active, ``gone`` are inactive people."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.provider = True
        self.stands, self.proven = ProviderStanding(), False
        self._seen = ProviderStanding()  # the same as a turn sees it that has not written down yet what has ended
        self.gone: set[str] = set()
        self._doubtful: set[str] = set()  # envelopes
        self._claims = 0

    # --- the engine ---

    def turn(self, hand: Hand, kind: Kind | None, now: datetime) -> list[Hold]:
        """One turn of a process; gives what it hands over."""
        prepared, ended = self._prepared(hand, now), tries(hand)
        self._seen, _ = self._judged(ended, now)
        self._write_ended(hand, now)
        hand.waiting += [hold for hold, (state, _) in prepared if state is S.SENDING]
        self._renew(hand, now)
        starting = self._start(hand, prepared, ended, now)
        if kind is Kind.LATER or (hand.next_sweep and now >= hand.next_sweep):
            if swept := hand.next_sweep is None or now >= hand.next_sweep:
                hand.next_sweep = now + SWEEP_EVERY
                self._sweep(now)
            if swept or hand.make_room:
                waits = [row for row in self.rows.values() if row.state is S.RETRYING and row.due <= now - LEASE]
                hand.make_room = 0 if self._asked_to_wait(now) else max((row.crashes for row in waits), default=0)
        if kind:
            self._claim(hand, kind, now)
        self._note_health(ended, now)
        return starting

    def stop(self, hand: Hand, now: datetime) -> None:
        """A process that is told to end gives back what it holds; it costs nothing."""
        for hold, (state, reason) in self._prepared(hand, now):
            if state is S.SENDING:
                hand.waiting.append(hold)
            elif hold.ours:
                hold.row.move(state, reason)
        self._give_back(hand.waiting)
        ended = [shown for shown in tries(hand) if isinstance(shown.outcome, Accepted)]
        self._write_ended(hand, now, stopping=True)
        self._note_health(ended, now)
        self._doubtful |= {hold.envelope for hold in hand.flying}
        for hold in filter(is_ours, hand.flying):
            hold.row.due = hold.row.due if hold.row.once else now
            hold.row.copies += not hold.row.once
            hold.row.move(*((S.UNKNOWN, Reason.PROCESS_DIED) if hold.row.once else (S.RETRYING, None)))

    def try_one(self, hold: Hold, answer: Answer, now: datetime) -> bool:
        """Whether a sender may begin; what came of it is known when it has been heard."""
        if hold.until - now < MARGIN:
            return False
        assert hold.ours, "sent without a lease"
        hold.answer, hold.tried_at = answer, now
        hold.row.taken += answer.took
        return True

    def _prepared(self, hand: Hand, now: datetime) -> list[Decided]:
        lots, hand.claimed = hand.claimed, []
        return [(one, self._decision(one.row, now)) for lot in lots for one in lot]

    def _decision(self, row: Row, now: datetime) -> tuple[S, Reason | None]:
        if now >= row.expires:
            return S.CANCELLED, Reason.EXPIRED
        if row.person in self.gone:
            return S.FILTERED, Reason.RECIPIENT_INACTIVE
        if not self.provider:
            return S.HELD, Reason.NO_PROVIDER
        return (S.HELD, away(self.stands)) if self.stands.must_wait(now) else (S.SENDING, None)

    def _write_ended(self, hand: Hand, now: datetime, *, stopping: bool = False) -> None:
        doubtful, vain = set(self._doubtful), in_vain(self.stands, hand, now) if self.provider else []
        for hold in hand.ended:
            row, answer = hold.row, hold.answer
            if answer and answer.may_have_arrived:
                self._doubtful.add(hold.envelope)
            if not hold.ours:
                continue
            row.copies += bool(answer and answer.may_have_arrived)
            if answer is None or (stopping and is_free(row, answer)):
                row.due = now
                row.move(S.RETRYING)
            else:
                doubt = not hold.new and hold.envelope in doubtful
                settle(hold, answer, in_doubt=doubt, resting=hold in vain)
        hand.ended = []

    def _renew(self, hand: Hand, now: datetime) -> None:
        for hold in [*hand.waiting, *hand.flying]:
            if hold.until - now < LEASE / 2:
                if hold.ours:
                    hold.until = hold.row.until = now + LEASE
                elif hold in hand.waiting:
                    hand.waiting.remove(hold)

    def _start(self, hand: Hand, prepared: list[Decided], ended: list[Shown], now: datetime) -> list[Hold]:
        for hold, (state, reason) in prepared:
            if state is not S.SENDING and hold.ours:
                hold.row.move(state, reason)
        stale = [hold for hold in hand.waiting if not self.provider or hold.row.expires <= now]
        self._give_back(stale)
        _, proven = self._judged(ended, now)
        ahead = sum(isinstance(shown.outcome, Accepted) for shown in ended)  # so that no sender waits for a turn
        room = (CONCURRENCY + ahead if proven else 1) - len(hand.flying)
        starting, waiting = [], []
        for hold in hand.waiting:
            if hold in stale or not self._may_pass(hold, now):
                continue
            if hold.probe or room > (ahead if hold.row.once else 0):
                room -= not hold.probe
                starting += [hold] if hold.ours else []
            else:
                waiting.append(hold)
        for hold in starting:
            hold.row.started = True
        hand.waiting = waiting
        hand.flying += starting
        return starting

    def _may_pass(self, hold: Hold, now: datetime) -> bool:
        """A paused provider is sent nothing but one probe, when its rest is over."""
        if self._seen.fit(now):
            return True
        if self._seen.may_be_probed(now):
            hold.probe = True
            self.stands, self._seen = (replace(one, paused_until=now + LEASE) for one in (self.stands, self._seen))
            return True
        if hold.ours:
            hold.row.move(S.HELD, away(self._seen))
        return False

    def _asked_to_wait(self, now: datetime) -> bool:
        """Whether the far side has asked to be left alone: nothing is claimed, so nothing has to be held."""
        return self.provider and not self._seen.paused_reason and self._seen.must_wait(now)

    def _judged(self, ended: list[Shown], now: datetime) -> tuple[ProviderStanding, bool]:
        """How the provider stands after these tries, and whether anything has got through since it was begun with."""
        stands = judge(self.stands, ended, now)
        taken = any(isinstance(shown.outcome, Accepted) for shown in ended)
        return stands, not stands.paused_reason and (self.proven or taken)

    def _note_health(self, ended: list[Shown], now: datetime) -> None:
        """One that is paused holds up what waits for it; one that is no longer lets go of it."""
        was = self.stands.paused_reason
        if ended:
            self.stands, self.proven = self._judged(ended, now)
        if not self.provider:
            return
        if was and self.stands.fit(now):
            self._release(*AWAY)
        if self.stands.paused_reason and not was:
            self._strand(Reason.PROVIDER_PAUSED, now)

    def _give_back(self, holds: list[Hold]) -> None:
        for hold in filter(is_ours, holds):
            hold.row.move(S.QUEUED if hold.kind is Kind.FRESH else S.RETRYING)

    def _sweep(self, now: datetime) -> None:
        for row in self.rows.values():
            if row.state is S.SENDING and row.until and row.until <= now:
                self._lose(row, now)
        for row in self.rows.values():
            if row.state in WAITING and row.expires <= now:
                row.move(S.CANCELLED, Reason.EXPIRED)
        if self.provider:
            self._release(Reason.NO_PROVIDER)
            self._let_go(now)

    def _let_go(self, now: datetime) -> None:
        """Of what waits for a provider that is no longer paused; or of one as a probe, when its rest is over."""
        held = [row for row in self.rows.values() if row.state is S.HELD and row.reason in AWAY]
        if self._seen.fit(now):
            self._release(*AWAY)
        elif held and self._seen.may_be_probed(now) and not is_anything_due(self.rows.values(), now):
            free(min(held, key=lambda row: (row.crashes, row.due, row.id)))

    def _lose(self, row: Row, now: datetime) -> None:
        if not row.started:
            row.move(S.RETRYING if row.envelope else S.QUEUED)
            return
        self._doubtful.add(row.envelope or "")
        row.copies += 1
        if row.once:
            row.move(S.UNKNOWN, Reason.PROCESS_DIED)
            return
        row.crashes += 1
        if row.crashes < DEATHS:
            row.due = now
        row.move(S.RETRYING if row.crashes < DEATHS else S.UNDELIVERABLE, Reason.PROCESS_DIED)

    def _claim(self, hand: Hand, kind: Kind, now: datetime) -> None:
        alone = not (hand.waiting or hand.flying)
        if any(hold.crashes for hold in (*hand.waiting, *hand.flying)) or len(hand.waiting) >= BATCH / 2:
            return
        if self._asked_to_wait(now) or (hand.make_room > 1 and not (alone and kind is Kind.LATER)):
            return
        was = S.QUEUED if kind is Kind.FRESH else S.RETRYING
        due = [row for row in self.rows.values() if row.state is was and row.due <= now]
        due.sort(key=lambda row: (row.due, row.id))
        found = [] if hand.make_room else [row for row in due if not row.crashes][:BATCH]
        if not found and alone:
            found = [row for row in due if row.crashes][:1]
        if found:
            hand.claimed.append([self._hold(row, kind, now) for row in found])

    def _hold(self, row: Row, kind: Kind, now: datetime) -> Hold:
        self._claims += 1
        row.state, row.claim, row.until = S.SENDING, self._claims, now + LEASE
        return Hold(
            row,
            kind,
            row.claim,
            row.until,
            new=kind is Kind.FRESH or not row.envelope,
            envelope=row.envelope or "",
            crashes=row.crashes,
        )

    # --- administrators, operators ---

    def activate(self) -> None:
        """What was held goes on, and nothing is held against the provider."""
        self.provider, self.stands, self.proven = True, ProviderStanding(), False
        self._release(Reason.NO_PROVIDER, *AWAY)

    def deactivate(self, now: datetime) -> None:
        """What is due or to be tried again is held; what is in flight finishes."""
        self.provider = False
        self._release(*AWAY)
        self._strand(Reason.NO_PROVIDER, now)

    def _strand(self, reason: Reason, now: datetime) -> None:
        for row in self.rows.values():
            if row.state is S.RETRYING or (row.state is S.QUEUED and row.due <= now):
                row.move(S.HELD, reason)

    def _release(self, *reasons: Reason) -> None:
        for row in self.rows.values():
            if row.state is S.HELD and row.reason in reasons:
                free(row)

    def retry_now(self, row: Row, now: datetime) -> None:
        """Due now; nothing else changes but that it is held no more."""
        row.due = now
        row.move(S.RETRYING, row.reason if row.state is S.RETRYING else None)

    def send_again(self, row: Row, now: datetime) -> None:
        """A new generation, with all its tries and its whole time to live."""
        row.move(S.QUEUED)
        row.generation += 1
        row.failures = row.crashes = row.taken = 0
        row.left, row.copies = TRIES, 1
        row.due, row.expires = now, now + row.ttl
        row.envelope, row.replaces = None, row.envelope or row.replaces

    # --- what must be so at any time, whatever happens ---

    def check(self) -> None:
        """For each of them."""
        for row in self.rows.values():
            check(row)
