"""A rich and valid history: deliveries that took every possible way through the engine, each with a name."""

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import update

from tests.support.formatters import odd_formatters
from tests.support.world import WITHIN, World
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.delivery.pipeline import Pipeline
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    ConfigurationFailure,
    Envelope,
    PermanentFailure,
    TemporaryFailure,
)  # fmt: skip
from webapp.domain.later_word import LaterWord
from webapp.domain.reason import Reason
from webapp.models import claims, holding, later_word
from webapp.models.provider import Provider
from webapp.services.queue import queue

HIS, MAYBE = Blame.RECIPIENT, Certainty.MAY_HAVE_ARRIVED
OK, BUSY = Accepted("250 taken"), TemporaryFailure(Reason.SERVER_BUSY, "451 later", blame=HIS)
SILENCE = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "", blame=HIS, certainty=MAYBE)
REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 nobody", blame=HIS)
REST = TemporaryFailure(Reason.SERVER_BUSY, "421 come back", blame=HIS, retry_after=80000)
NO_KEY = ConfigurationFailure(Reason.AUTH, "535 no")
# The far side's answers to each message, try by try; the last one is repeated. Other messages get 250.
SCRIPT = {
    "refused": [REFUSED],
    "unsure": [SILENCE],
    "doubted": [SILENCE, BUSY],
    "waiting": [BUSY, REST],
    "again": [REFUSED, BUSY, OK],
    "twice": [REFUSED, REFUSED, OK],
    "set up wrongly": [NO_KEY, NO_KEY, OK],
    **{name: [BUSY] for name in ("given up", "late", "3 new on Team.Log: three; two; one")},
    **{name: [BUSY, OK] for name in ("busy", "spared", "hurried", "dropped", "stranded", "stranded too")},
}
ARRIVED = LaterWord(S.DELIVERED, "delivered")
BOUNCED = LaterWord(S.UNDELIVERABLE, "undelivered", "30003", "unreachable", Reason.RECIPIENT_REFUSED)
LEASE_S = 60
Story = dict[str, Any]


class History:
    """``tell`` makes all of it; then ``rows`` are the deliveries by name (their messages' subjects)."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, {}
        self.said: dict[str, int] = {}
        for far in world.far.values():
            far.answer = self._answer

    def _answer(self, envelope: Envelope) -> Any:
        script = SCRIPT.get(envelope.subject, [OK])
        number = self.said.get(envelope.subject, 0)
        self.said[envelope.subject] = number + 1
        return script[min(number, len(script) - 1)]

    def tell(self) -> None:
        with odd_formatters():
            self._furnish()
            self._decided()
            self._tried()
            self._held()
            self._paused()
            self._died()
            self._stopped()
            self._sent_again()
            self._settled()
            self._told_later()
            self._together()
            self._pending()

    def post(self, name: str, to: str = "emil", **message: Any) -> str:
        posted = self.world.post(to, subject=name, **message)
        [row] = [row for row in self.world.rows() if row.message_id == posted.id][:1] or [None]
        self.ids[name] = row.id if row else posted.id
        return self.ids[name]

    def rows(self) -> Story:
        by_id = {row.id: row for row in self.world.rows()}
        board = SimpleNamespace(message_id=self.ids["board"])  # a message without deliveries
        return {name.replace(" ", "_"): by_id.get(id_, board) for name, id_ in self.ids.items()}

    # --- its chapters ---

    def _furnish(self) -> None:
        world = self.world
        for name, columns in {"edith": {}, "emil": {}, "ann": {"email": None}, "ina": {"active": False}}.items():
            world.person(name, **columns)
        world.channel()
        world.channel("team.texts", "sms")
        world.channel("team.both", "email", "sms")
        world.channel("team.board", media=())
        world.channel("team.once", at_most_once=True)
        world.channel("team.batched", every_s=600)
        for name, formatter in {"broken": "broken", "silent": "silent", "log": "digest"}.items():
            world.channel(f"team.{name}", formatter=formatter)
        world.provider()

    def _decided(self) -> None:
        self.post("board", channel="team.board", key="k")
        self.post("filtered", "ann")
        self.post("inactive", "ina")
        self.post("folded", channel="team.silent")
        self.post("broken", channel="team.broken")
        self.post("expired", ttl_s=1)
        for seconds in (2, 5, 15, 45, 135):
            self.world.clock.advance(seconds)
            self.world.dispatch()

    def _tried(self) -> None:
        for name in ("sent", "other", "busy", "refused", "given up", "doubted"):
            self.post(name)
        self.post("late", ttl_s=60)
        self.post("unsure", channel="team.once")
        self.post("batched", channel="team.batched")
        self.world.dispatch()
        for wait in (60, 300, 3600):
            self.world.clock.advance(wait)
            self.world.retry()
            self.world.dispatch()

    def _held(self) -> None:
        world = self.world
        self.post("both", channel="team.both")
        self.post("released", channel="team.texts")
        world.dispatch()
        world.person("sam", phone="+4930901820", phone_verified_at=world.clock.now())
        self.post("texted", "sam", channel="team.texts")
        world.dispatch()
        sms = world.provider("sms")
        world.retry()  # the sweep releases
        world.dispatch()
        world.execute(update(Provider).where(Provider.id == sms).values(role="inactive"))
        for name, more in {"held": {}, "held short": {"ttl_s": 30}}.items():
            self.post(name, "sam", channel="team.texts", **more)
        with writing(world.session) as session:
            holding.strand(session, medium="sms", reason=Reason.NO_PROVIDER, now=world.clock.now(), by="ada")
        world.clock.advance(31)
        world.retry()

    def _paused(self) -> None:
        """Paused for a configuration fault; one probe fails, and one gets through."""
        self.post("set up wrongly")
        self.world.dispatch()
        self.post("behind it")
        self.world.dispatch()
        for rest in (30, 60):
            self.world.clock.advance(rest)
            self.world.retry()
        self.world.dispatch()  # the second probe is the other delivery
        self.world.retry()

    def _died(self) -> None:
        """Three processes die, one after another; the first one comes back with its result too late."""
        world = self.world
        self.post("died")
        first = self._hold(Kind.FRESH)
        for _ in range(2):
            world.clock.advance(LEASE_S)
            self._hold(Kind.LATER)
        self.post("claimed")
        self.post("died once", channel="team.once")
        self._hold(Kind.FRESH)
        world.clock.advance(LEASE_S)
        self._open()
        self._until(first, lambda: first.at_rest)
        for _ in range(3):
            world.clock.advance(LEASE_S)
            world.retry()
            world.dispatch()

    def _stopped(self) -> None:
        """Given back at a stop: before the hand-over, in flight, and after a failure."""
        for name in ("in flight", "given back"):
            self.post(name)
        hanging = self._hold(Kind.FRESH, concurrency=1)
        hanging.stop(deadline=0)
        self._open()
        self.world.dispatch()
        self.world.retry()
        self.post("spared")
        told = self._hold(Kind.FRESH)
        self._open()
        told.stop(deadline=self.world.clock.monotonic() + WITHIN)
        self.world.retry()

    def _sent_again(self) -> None:
        world = self.world
        self.post("again")
        self.post("twice")
        world.dispatch()
        for names in (("again", "twice", "filtered", "unsure", "late", "other"), ("twice",)):
            world.clock.advance(5)
            self._by_hand(queue.send_again, *names)
            world.dispatch()
        world.clock.advance(60)
        world.retry()

    def _settled(self) -> None:
        """Settled by persons: cancelled in every state, retried now, marked as arrived."""
        world = self.world
        for name in ("hurried", "dropped", "stranded", "stranded too"):
            self.post(name)
        world.dispatch()
        self.post("early", at=world.clock.now() + timedelta(days=1))
        self.post("never claimed", ttl_s=30)
        self._by_hand(queue.cancel, "early", "dropped")
        self._by_hand(queue.retry_now, "hurried")
        with writing(world.session) as session:
            holding.strand(session, medium="email", reason=Reason.PROVIDER_PAUSED, now=world.clock.now(), by="ada")
        self._by_hand(queue.retry_now, "stranded")
        with writing(world.session) as session:
            holding.release(session, medium="email", reason=Reason.PROVIDER_PAUSED, now=world.clock.now(), by="ada")
        self._by_hand(queue.mark_arrived, "doubted")
        self._by_hand(queue.cancel, "held")
        world.clock.advance(30)
        world.retry()
        world.dispatch()
        world.clock.advance(30)
        world.retry()

    def _by_hand(self, act: Any, *names: str) -> None:
        handled = act(ids=[self.ids[name] for name in names], by="olaf", now=self.world.clock.now())
        assert not handled.skipped

    def _together(self) -> None:
        """Sent in one mail, which loses a member before its retry."""
        for name in ("one", "two", "three"):
            self.post(name, channel="team.log")
        self.world.dispatch()
        self._by_hand(queue.cancel, "two")
        self.world.clock.advance(60)
        self.world.retry()

    def _pending(self) -> None:
        """Still pending: one waits for its retry, one for its time, one is in flight."""
        world = self.world
        self.post("held at last", "sam", channel="team.texts")
        self.post("waiting")
        world.dispatch()
        world.clock.advance(60)
        world.retry()
        self.post("scheduled", at=world.clock.now() + timedelta(days=1))
        self.post("untouched", channel="team.batched")
        self.post("flying")
        self._hold(Kind.FRESH)
        self.post("taken")
        with writing(world.session) as session:
            now = world.clock.now()
            until = now + timedelta(seconds=LEASE_S)
            made = claims.Claim(due=now, now=now, token="T" * 26, until=until, by="dispatcher")
            claims.claim(session, claims.S.QUEUED, made, limit=1, only="email")

    def _told_later(self) -> None:
        """Reported by the far side after it had taken them."""
        world = self.world
        for name in ("arrived", "bounced"):
            self.post(name)
        world.dispatch()
        for name, word in (("arrived", ARRIVED), ("bounced", BOUNCED)):
            [row] = world.rows(id=self.ids[name])
            with writing(world.session) as session:
                later_word.keep(session, word, envelope_id=row.envelope_id, now=world.clock.now())
                later_word.obey(session, [row.envelope_id], now=world.clock.now())

    # --- how ---

    def _hold(self, kind: Kind, **settings: Any) -> Pipeline:
        """A process that has handed over what is due, without an answer: it hangs until its pipeline is turned."""
        mail = self.world.mail
        mail.hold()
        held = mail.held
        process = Pipeline(self.world.engine(**settings))
        process.wake(kind)
        self._until(process, lambda: mail.held > held)
        return process

    def _open(self) -> None:
        self.world.mail.release()

    def _until(self, process: Pipeline, happened: Any) -> None:
        deadline = time.monotonic() + WITHIN
        while not happened():
            assert time.monotonic() < deadline, "It has not happened."
            if process.turn() is None:
                process.news.wait(0.05)
                process.news.clear()
