"""The senders: they hand envelopes over, through one share with its own bound for each account."""

from threading import Condition

from webapp.delivery._operator import Operator
from webapp.delivery._share import Means, Share, Threads
from webapp.delivery.hand import Key
from webapp.delivery.lot import Account, Dropped, Ready
from webapp.delivery.switched import HttpShare
from webapp.providers import ByHttp, Provider

_IDLE_S = 60.0  # how long a thread keeps its connection open for the next envelope
_FORGETS_EVERY_S = 5.0


class Senders:
    """Every account's share, by its configuration: an edited one gets a new share, and the old one ends."""

    def __init__(self, means: Means) -> None:
        self._means, self._threads, self._operator = means, Threads(), Operator(means)
        self._shares: dict[Key, tuple[Account, Share]] = {}
        self._forgets_at = 0.0  # on the monotonic clock

    def hand_over(self, ready: Ready) -> None:
        """Have a sender try it. The outcome is reported through ``done``, from that sender's thread."""
        self._share(ready.account).take(ready)

    def forget_idle(self) -> None:
        """Every few seconds, forget the accounts that have nothing to send, and their secrets: they may have been
        removed."""
        now = self._means.clock.monotonic()
        if now < self._forgets_at:
            return
        self._forgets_at = now + _FORGETS_EVERY_S
        self._shares = {key: known for key, known in self._shares.items() if known[1].is_at_work}

    def take_back(self) -> None:
        """Report what no thread has begun to send as dropped."""
        for _, share in self._shares.values():
            share.let_go()

    def close(self) -> None:
        """Let every sender end after what it has in hand."""
        for _, share in self._shares.values():
            share.close()
        self._operator.close()

    def _share(self, account: Account) -> Share:
        known = self._shares.get(account.key)
        if known and known[0].version == account.version:
            return known[1]
        if known:
            known[1].close()
        at_once = account.at_once(self._means.settings.concurrency)
        share = self._new_share(self._means.make_provider(account), at_once)
        self._shares[account.key] = (account, share)
        return share

    def _new_share(self, provider: Provider, at_once: int) -> Share:
        if isinstance(provider, ByHttp):
            return HttpShare(provider, self._means, self._threads, at_once, self._operator)
        return ThreadedShare(provider, self._means, self._threads, at_once)


class ThreadedShare(Share):
    """Sends in threads, as many as there is work for; one that has none for a while ends."""

    def __init__(self, provider: Provider, means: Means, threads: Threads, at_once: int) -> None:
        super().__init__(provider, means, at_once)
        self._threads, self._changed = threads, Condition()
        self._running = self._idle = 0

    @property
    def is_at_work(self) -> bool:
        """Whether it has a thread, even if that only waits."""
        with self._changed:
            return self._running > 0

    def take(self, ready: Ready) -> None:
        """Give it to an idle thread, or to a new one while the bound allows. Where there is no thread at all, it is
        dropped."""
        with self._changed:
            self._waiting.append(ready)
            if self._idle:
                self._changed.notify()
            if len(self._waiting) > self._idle and self._running < self._at_once:
                name = f"sender {self._provider.name}"
                self._running += self._threads.start(self._work, name, first=self._running == 0)
            dropped = None if self._running else self._waiting.pop()
        if dropped:
            self._means.done(Dropped(dropped))

    def close(self) -> None:
        """Let every thread end after what it has in hand."""
        super().close()
        with self._changed:
            self._changed.notify_all()

    def _work(self) -> None:
        with self._means.in_context():
            try:
                while ready := self._next():
                    self._end(self._try_once(ready))
            finally:
                self._threads.give_back()
            self._provider.close()

    def _next(self) -> Ready | None:
        """The next to send; None where there was nothing for a while, or nothing more will come."""
        while True:
            try:
                return self._waiting.popleft()  # what waits already is taken without the lock
            except IndexError:
                if not self._more_has_come():
                    return None

    def _more_has_come(self) -> bool:
        """Wait for work. Where none comes, the calling thread counts as running no longer."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting or self._closed, _IDLE_S)
            self._idle -= 1
            more = bool(self._waiting)
            self._running -= not more
            return more
