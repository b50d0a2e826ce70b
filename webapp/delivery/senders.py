"""The senders: threads that hand envelopes over, a bounded share of them for each provider."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from webapp.delivery.lot import Account, Dropped, Ended, EngineSettings, Finished, Ready
from webapp.delivery.send import try_once
from webapp.domain.clock import Clock
from webapp.providers import Provider

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
    """Every provider's share, by its configuration: an edited provider gets a new share, and the old one ends."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._shares: dict[int, tuple[Account, _Share]] = {}

    def hand_over(self, ready: Ready) -> None:
        """Let a sender take it. Its end comes through ``done``, from that sender's thread."""
        self._share(ready.account).turns.put(ready)

    def close(self) -> None:
        """Let every sender end after what it has in hand."""
        for _, share in self._shares.values():
            share.close()

    def _share(self, account: Account) -> "_Share":
        known = self._shares.get(account.id)
        if known and known[0].version == account.version:
            return known[1]
        if known:
            known[1].close()
        at_once = account.at_once(self._means.settings.concurrency)
        share = _Share(self._means.make_provider(account), self._means, at_once)
        self._shares[account.id] = (account, share)
        return share


class _Share:
    """One provider configuration's threads. Daemons: a send that hangs must not outlive a stopping process's grace."""

    def __init__(self, provider: Provider, means: Means, at_once: int) -> None:
        self.turns: SimpleQueue[Ready | None] = SimpleQueue()
        self._provider, self._means = provider, means
        self._margin_s = min(provider.timeout, means.settings.lease_s / 2)
        self._threads = [
            Thread(target=self._work, name=f"sender {provider.name} {number}", daemon=True) for number in range(at_once)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for _ in self._threads:
            self.turns.put(None)

    def _work(self) -> None:
        with self._means.in_context():
            while (ready := self.turns.get()) is not None:
                self._means.done(self._one(ready))
            self._provider.close()

    def _one(self, ready: Ready) -> Ended:
        """The lease is compared with the clock right before the hand-over: a process that was frozen past its lease
        sends nothing more, since another has the delivery by now."""
        left_s = (ready.lease_until - self._means.clock.now()).total_seconds()
        if left_s < self._margin_s:
            return Dropped(ready)
        return Finished(ready, try_once(self._provider, ready.envelope, self._means.clock))
