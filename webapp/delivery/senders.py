"""The senders: threads that hand envelopes over, a bounded share of them for each account."""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import Condition, Lock, Thread

from webapp.delivery.hand import Key
from webapp.delivery.health import shown
from webapp.delivery.lot import Account, Dropped, Ended, EngineSettings, Finished, Ready, accepted
from webapp.delivery.send import try_once
from webapp.domain.breaker import Standing, judge
from webapp.domain.clock import Clock
from webapp.providers import Provider

MOST_THREADS = 256  # of all accounts in one process; each of those that have something to send has one in any case
_IDLE_S = 60.0  # so long a thread keeps its connection open for the next envelope
_log = logging.getLogger(__name__)
InContext = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What senders work with. ``in_context`` lets a thread work for the application; ``done`` takes what has ended."""

    make_provider: Callable[[Account], Provider]
    in_context: InContext
    clock: Clock
    settings: EngineSettings
    done: Callable[[Ended], None]


class Senders:
    """Every account's share, by its configuration: an edited one gets a new share, and the old one ends."""

    def __init__(self, means: Means) -> None:
        self._means, self._threads = means, _Threads()
        self._shares: dict[Key, tuple[Account, _Share]] = {}

    def hand_over(self, ready: Ready) -> None:
        """Let a sender take it. Its end comes through ``done``, from that sender's thread."""
        self._share(ready.account).take(ready)

    def forget_idle(self) -> None:
        """Let go of every account that has had nothing to send for a while, and of its secrets: it may be gone."""
        self._shares = {key: known for key, known in self._shares.items() if known[1].is_at_work}

    def take_back(self) -> None:
        """Let what no thread has begun with come back, dropped."""
        for _, share in self._shares.values():
            share.let_go()

    def close(self) -> None:
        """Let every sender end after what it has in hand."""
        for _, share in self._shares.values():
            share.close()

    def _share(self, account: Account) -> "_Share":
        known = self._shares.get(account.key)
        if known and known[0].version == account.version:
            return known[1]
        if known:
            known[1].close()
        at_once = account.at_once(self._means.settings.concurrency)
        share = _Share(self._means.make_provider(account), self._means, self._threads, at_once)
        self._shares[account.key] = (account, share)
        return share


class _Threads:
    """How many threads all shares of a process have together."""

    def __init__(self) -> None:
        self._lock, self._running = Lock(), 0

    def start(self, work: Callable[[], None], name: str, *, first: bool) -> bool:
        """Whether there is one more now, a daemon: a send that hangs must not outlive a stopping process's grace.

        A share's first is refused only where the system has none left.
        """
        with self._lock:
            if self._running >= MOST_THREADS and not first:
                return False
            try:
                Thread(target=work, name=name, daemon=True).start()
            except RuntimeError:
                _log.exception("No thread could be started for %s", name)
                return False
            self._running += 1
            return True

    def ended(self) -> None:
        """One has come to its end."""
        with self._lock:
            self._running -= 1


class _Share:
    """One configuration's threads, so many as there is work for; one that has none for a while ends."""

    def __init__(self, provider: Provider, means: Means, threads: _Threads, at_once: int) -> None:
        self._provider, self._means, self._threads, self._at_once = provider, means, threads, at_once
        self._margin_s = min(provider.timeout, means.settings.lease_s / 2)
        self._turns: deque[Ready] = deque()
        self._changed = Condition()
        self._running = self._idle = 0
        self._closed, self._stands = False, Standing()

    @property
    def is_at_work(self) -> bool:
        """Whether it has a thread, even if that only waits."""
        with self._changed:
            return self._running > 0

    def take(self, ready: Ready) -> None:
        """Let one of the threads have it, a new one where all are at work; it is dropped where there is none at all."""
        with self._changed:
            self._turns.append(ready)
            if self._idle:
                self._changed.notify()
            if len(self._turns) > self._idle and self._running < self._at_once:
                name = f"sender {self._provider.name}"
                self._running += self._threads.start(self._work, name, first=self._running == 0)
            dropped = None if self._running else self._turns.pop()
        if dropped:
            self._means.done(Dropped(dropped))

    def let_go(self) -> None:
        """What no thread has begun with comes back."""
        with suppress(IndexError):
            while True:
                self._means.done(Dropped(self._turns.popleft()))

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        with self._means.in_context():
            try:
                while ready := self._next():
                    ended = self._one(ready)
                    self._means.done(ended)
                    if ready.account.provider_id and isinstance(ended, Finished):
                        self._heed(ended)
            finally:
                self._threads.ended()
            self._provider.close()

    def _next(self) -> Ready | None:
        """None where there was nothing for a while, or nothing more will come."""
        while True:
            try:
                return self._turns.popleft()  # what waits already is taken without the lock
            except IndexError:
                if not self._more_has_come():
                    return None

    def _more_has_come(self) -> bool:
        """Wait for it. Where there is none, the thread that asks counts no longer."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._turns or self._closed, _IDLE_S)
            self._idle -= 1
            more = bool(self._turns)
            self._running -= not more
            return more

    def _one(self, ready: Ready) -> Ended:
        """The lease is compared with the clock right before the hand-over: a process that was frozen past its lease
        sends nothing more, since another has the delivery by now."""
        left_s = (ready.lease_until - self._means.clock.now()).total_seconds()
        if left_s < self._margin_s:
            return Dropped(ready)
        return Finished(ready, try_once(self._provider, ready.envelope, self._means.clock))

    def _heed(self, ended: Finished) -> None:
        """Where the far side has shown that it is asked in vain, what was started ahead is not even tried."""
        if accepted(ended) and not self._stands.streak:
            return
        with self._changed:
            now = self._means.clock.now()
            self._stands = judge(self._stands, [shown(ended)], now)
            in_vain = not self._stands.fit(now)
            if in_vain:
                self._stands = Standing()
        if in_vain:
            self.let_go()
