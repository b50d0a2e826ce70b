"""The resident pipeline: the thread that turns it for as long as the process serves; and ``drain``, its short-lived
twin."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread

from webapp.database import tell_fault
from webapp.delivery.lot import Kind, Written
from webapp.delivery.pipeline import Engine, Pipeline
from webapp.domain.delivery_state import DeliveryState

_log = logging.getLogger(__name__)
_LONGEST_NAP_S = 1.0
_AFTER_ERROR_S = 1.0
_SHORT_S, _LONGEST_BACK_S = 0.02, 0.3  # after a turn this short it does not stand back; it never stands back longer
_MOST_BEFORE = 3  # requests that count: each is given as much time as the turn took, so the engine keeps a quarter
_LOOK_EVERY_S = 0.005  # a client that makes one request after another makes its next within this time


def drain(engine: Engine, kinds: Sequence[Kind]) -> Written:
    """Run a pipeline here until what was due when this began is written down. Raises what the database raises.

    What its provider's pace or rest does not allow yet is not waited for: it stays in the queue.
    """
    pipeline, due, written = Pipeline(engine), engine.clock.now(), Written()
    for kind in kinds:
        pipeline.wake(kind)
    try:
        while not pipeline.at_rest:
            moved = pipeline.turn(due=due)
            if moved is None:
                pipeline.news.wait(pipeline.idle_s(_nap_s(engine)))
                pipeline.news.clear()
            else:
                written.add(moved)
    except BaseException:
        # Such as Ctrl-C: what is held goes back now instead of when its lease runs out.
        with suppress(Exception):
            pipeline.stop(deadline=engine.clock.monotonic())
        raise
    pipeline.close()
    return written


def _nap_s(engine: Engine) -> float:
    """How long to sleep at most where nobody wakes us: leases must be renewed in time."""
    return min(_LONGEST_NAP_S, engine.settings.lease_s / 4)


class Resident:
    """A pipeline in a thread of its own. Not a daemon: it ends by ``stop``, after giving back what it holds."""

    def __init__(self, engine: Engine, *, alive: Callable[[], None], asking: Callable[[], int] = lambda: 0) -> None:
        self._engine, self._alive, self._asking = engine, alive, asking
        self._pipeline = Pipeline(engine)
        self._stopping, self._deadline = Event(), 0.0  # the deadline is monotonic, and for what is in flight then
        self._tally: Counter[tuple[str, DeliveryState]] = Counter()
        self._lock = Lock()
        self._rested = Event()  # nothing is wanted, in hand or with the senders
        self._thread = Thread(target=self._run, name="pipeline")

    def start(self) -> None:
        """Begin to turn."""
        self._thread.start()

    def wake(self, kind: Kind) -> None:
        """Say that something of this kind may be due."""
        self._pipeline.wake(kind)

    def run(self, kind: Kind, *, within_s: float) -> dict[str, int]:
        """Wake it, wait until nothing more is to be done, ``within_s`` seconds at most, and ``take_counts``."""
        with self._lock:
            self._rested.clear()
            self._pipeline.wake(kind)
        if not self._stopping.is_set():
            self._rested.wait(within_s)
        return self.take_counts(kind)

    def stop(self) -> None:
        """Give back and finish what is in flight; returns when done, within the grace."""
        grace_s = self._engine.settings.stop_grace_s * 0.8  # the rest is for writing down and for the server to end
        self._deadline = self._engine.clock.monotonic() + grace_s
        self._stopping.set()
        self._rested.set()
        self._pipeline.hurry()
        self._thread.join()

    def take_counts(self, kind: Kind) -> dict[str, int]:
        """How many deliveries reached which state by this kind's tries since the last call."""
        with self._lock:
            counts = {state.value: n for (by, state), n in self._tally.items() if by == kind}
            self._tally = Counter({key: n for key, n in self._tally.items() if key[0] != kind})
        return counts

    def _run(self) -> None:
        with self._engine.in_context():
            while not self._stopping.is_set():
                self._turn()
            self._wind_down()

    def _turn(self) -> None:
        """One turn. The loop outlives any error: a database that is away comes back."""
        begun = self._engine.clock.monotonic()
        try:
            moved = self._pipeline.turn()
            self._count(moved)
            self._alive()
        except Exception as error:  # noqa: BLE001 — whatever it is, the queue must go on
            tell_fault(_log, "The pipeline could not take its turn; it tries again", error)
            self._stopping.wait(_AFTER_ERROR_S)
            return
        if moved is None:
            self._rest()
        else:
            self._stand_back(self._engine.clock.monotonic() - begun)

    def _count(self, moved: Written | None) -> None:
        if moved:
            with self._lock:
                self._tally += moved.tally

    def _stand_back(self, took_s: float) -> None:
        """Give way to requests after a turn, since they come before a long queue: as long as there are any, they have
        the interpreter and the writers' lock to themselves, for the time that the turn took, times their number. The
        engine thus counts as one among those who want them, and keeps a quarter of the time at least."""
        now, asking = self._engine.clock.monotonic, self._asking()
        until = now() + min(took_s * min(asking, _MOST_BEFORE), _LONGEST_BACK_S)
        while took_s > _SHORT_S and asking and now() < until:
            if self._stopping.wait(_LOOK_EVERY_S):
                return
            asking = self._asking()

    def _rest(self) -> None:
        """Wait until something has ended or may be due."""
        with self._lock:
            if self._pipeline.at_rest:
                self._rested.set()
        self._pipeline.news.wait(self._pipeline.idle_s(_nap_s(self._engine)))
        self._pipeline.news.clear()

    def _wind_down(self) -> None:
        try:
            self._pipeline.stop(deadline=self._deadline)
        except Exception:  # noqa: BLE001 — the process ends all the same
            _log.exception("Not everything could be given back; its lease will run out")
