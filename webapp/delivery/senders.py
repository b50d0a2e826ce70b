"""The senders: threads that hand envelopes over, a bounded share of them for each account."""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Condition, Thread

from webapp.delivery.hand import Key
from webapp.delivery.lot import Account, Dropped, Ended, EngineSettings, Finished, Ready
from webapp.delivery.send import try_once
from webapp.domain.clock import Clock
from webapp.providers import Provider

_IDLE_S = 60.0  # so long a thread keeps its connection open for the next envelope
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
        self._means = means
        self._shares: dict[Key, tuple[Account, _Share]] = {}

    def hand_over(self, ready: Ready) -> None:
        """Let a sender take it. Its end comes through ``done``, from that sender's thread."""
        self._share(ready.account).take(ready)

    def forget_idle(self) -> None:
        """Let go of every account that has had nothing to send for a while, and of its secrets: it may be gone."""
        self._shares = {key: known for key, known in self._shares.items() if known[1].is_at_work}

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
        share = _Share(self._means.make_provider(account), self._means, at_once)
        self._shares[account.key] = (account, share)
        return share


class _Share:
    """One configuration's threads, so many as there is work for; one that has none for a while ends. Daemons: a send
    that hangs must not outlive a stopping process's grace."""

    def __init__(self, provider: Provider, means: Means, at_once: int) -> None:
        self._provider, self._means, self._at_once = provider, means, at_once
        self._margin_s = min(provider.timeout, means.settings.lease_s / 2)
        self._turns: deque[Ready] = deque()
        self._changed = Condition()
        self._running = self._idle = 0
        self._closed = False

    @property
    def is_at_work(self) -> bool:
        """Whether it has a thread, even if that only waits."""
        with self._changed:
            return self._running > 0

    def take(self, ready: Ready) -> None:
        """Let one of the threads have it, a new one where all are at work."""
        with self._changed:
            self._turns.append(ready)
            if len(self._turns) > self._idle and self._running < self._at_once:
                self._running += 1
                Thread(target=self._work, name=f"sender {self._provider.name}", daemon=True).start()
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        with self._means.in_context():
            while ready := self._next():
                self._means.done(self._one(ready))
            self._provider.close()

    def _next(self) -> Ready | None:
        """None where there was nothing for a while, or nothing more will come."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._turns or self._closed, _IDLE_S)
            self._idle -= 1
            if self._turns:
                return self._turns.popleft()
            self._running -= 1
            return None

    def _one(self, ready: Ready) -> Ended:
        """The lease is compared with the clock right before the hand-over: a process that was frozen past its lease
        sends nothing more, since another has the delivery by now."""
        left_s = (ready.lease_until - self._means.clock.now()).total_seconds()
        if left_s < self._margin_s:
            return Dropped(ready)
        return Finished(ready, try_once(self._provider, ready.envelope, self._means.clock))
