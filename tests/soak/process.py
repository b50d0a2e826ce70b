"""A process of the state machine: a real pipeline whose sends are made when they are asked for, and what they meet."""

from tests.soak.standing import BATCH, CONCURRENCY, LEASE, Answer, Hand
from tests.support.world import World
from webapp.delivery._share import Means, Threads
from webapp.delivery.lot import Ended, Kind, Ready
from webapp.delivery.pipeline import Pipeline
from webapp.delivery.reminder import Reminder
from webapp.delivery.senders import ThreadedShare
from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    ConfigurationFailure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason

_SPOKEN = (Reason.TIMEOUT_AFTER_DATA, "no answer after the dot")
ACCEPTED = Answer(Accepted("250 taken"), took=True)
REFUSED_FOR_NOW = Answer(TemporaryFailure(Reason.SERVER_BUSY, "451 later"))
REFUSED_FOR_A_WHILE = Answer(TemporaryFailure(Reason.SERVER_BUSY, "421 in a while", retry_after=1000))
REFUSED_FOR_GOOD = Answer(PermanentFailure(Reason.RECIPIENT_REFUSED, "550 nobody", blame=Blame.RECIPIENT))
BADLY_SET_UP = Answer(ConfigurationFailure(Reason.AUTH, "535 who?"))
TAKEN_SILENTLY = Answer(TemporaryFailure(*_SPOKEN, certainty=Certainty.MAY_HAVE_ARRIVED), took=True)
LOST_SILENTLY = Answer(TemporaryFailure(*_SPOKEN, certainty=Certainty.MAY_HAVE_ARRIVED))
SETTINGS = {
    "lease_s": LEASE.total_seconds(), "concurrency": CONCURRENCY, "dispatch_batch": BATCH, "resend_batch": BATCH,
}  # fmt: skip


class Process:
    """A real pipeline whose sends are made when they are asked for, beside what the model says that it holds."""

    def __init__(self, world: World) -> None:
        engine = world.engine(**SETTINGS)
        self.hand = Hand()
        self.pipeline = Pipeline(engine)
        self.ready: dict[str, Ready] = {}  # by envelope: handed over
        self.ended: dict[str, Ended] = {}  # tried, but not heard of yet
        self.pipeline._senders = self
        self._sender = ThreadedShare(
            world.mail,
            Means(
                make_provider=engine.make_provider, in_context=engine.in_context, clock=engine.clock,
                settings=engine.settings, done=self.pipeline._take,
            ),
            Threads(),
            at_once=0,
        )  # fmt: skip

    def hand_over(self, ready: Ready) -> None:
        """Called by the pipeline."""
        self.ready[ready.envelope.id] = ready

    def forget_idle(self) -> None:
        """Called by the pipeline at a sweep."""

    def take_back(self) -> None:
        """Called by the pipeline when it stops: all that it has handed over may have been begun with."""

    def close(self) -> None:
        """Called by the pipeline when it has stopped."""

    def turn(self, kind: Kind | None) -> None:
        self.pipeline._wanted, self.pipeline._later = [kind] if kind else [], Reminder()
        self.pipeline._turn(None)

    def send(self, envelope: str) -> None:
        self.ended[envelope] = self._sender._try_once(self.ready.pop(envelope))

    def answer(self, envelope: str) -> None:
        self.pipeline._take(self.ended.pop(envelope))
