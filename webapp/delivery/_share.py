"""A share: the envelopes that wait for one configuration of an account, and how one of them is tried."""

import logging
import resource
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread

from webapp.delivery.health import shown
from webapp.delivery.lot import Account, Dropped, Ended, EngineSettings, Finished, Ready, accepted
from webapp.delivery.send import try_once
from webapp.domain.breaker import ProviderStanding, judge
from webapp.domain.clock import Clock
from webapp.providers import Provider

MOST_THREADS = 256  # in one process, for all accounts; an account with something to send always gets its first
MOST_LINES = 4096  # likewise, and fewer where the limit on open files is low
_FILES_FOR_EACH = 6  # file descriptors reserved for each line: libcurl opens three; the rest is for everything else
_log = logging.getLogger(__name__)
InContext = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What senders work with. ``in_context`` lets a thread work for the application; ``done`` receives every envelope
    that was tried or dropped."""

    make_provider: Callable[[Account], Provider]
    in_context: InContext
    clock: Clock
    settings: EngineSettings
    done: Callable[[Ended], None]


class _Count:
    """A limit that all shares of a process have together: ``most`` at once."""

    def __init__(self, most: int) -> None:
        self._lock, self._taken, self._most = Lock(), 0, most

    def take(self, *, first: bool) -> bool:
        """Returns whether there may be one more. A share's first is never refused."""
        with self._lock:
            if self._taken >= self._most and not first:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """Release one."""
        with self._lock:
            self._taken -= 1


class Threads(_Count):
    """Limits the threads that send, or that open a line."""

    def __init__(self) -> None:
        super().__init__(MOST_THREADS)

    def start(self, work: Callable[[], None], name: str, *, first: bool) -> bool:
        """Start a daemon thread, and return whether it runs: a send that hangs must not outlive the grace of a stopping
        process. ``work`` gives the thread back itself. Even a share's first is refused where the system has none
        left."""
        if not self.take(first=first):
            return False
        try:
            Thread(target=work, name=name, daemon=True).start()
        except RuntimeError:
            _log.exception("No thread could be started for %s", name)
            self.give_back()
            return False
        return True


class Lines(_Count):
    """Limits the lines that are open or being opened."""

    def __init__(self) -> None:
        may_open, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        super().__init__(min(MOST_LINES, may_open // _FILES_FOR_EACH) if may_open >= 0 else MOST_LINES)


class Share(ABC):
    """The envelopes that wait for one configuration of an account; a subclass decides which threads send them."""

    def __init__(self, provider: Provider, means: Means, at_once: int) -> None:
        self._provider, self._means, self._at_once = provider, means, at_once
        # Less than half a lease, the point of its renewal: otherwise what waits would be dropped before that.
        self._margin = timedelta(seconds=min(provider.timeout, means.settings.lease_s / 3))
        self._waiting: deque[Ready] = deque()
        self._closed = False
        self._judging, self._stands = Lock(), ProviderStanding()

    @property
    @abstractmethod
    def is_at_work(self) -> bool:
        """Whether it keeps a thread or a line, be it only in case that more comes."""

    @abstractmethod
    def take(self, ready: Ready) -> None:
        """Have it tried. The outcome is reported through ``done``."""

    def let_go(self) -> None:
        """Report everything that nobody has begun to send as dropped."""
        with suppress(IndexError):
            while True:
                self._means.done(Dropped(self._waiting.popleft()))

    def close(self) -> None:
        """End after what is in hand."""
        self._closed = True

    def _try_once(self, ready: Ready) -> Ended:
        if dropped := self._dropped(ready, self._means.clock.now()):
            return dropped
        return Finished(ready, try_once(self._provider, ready.envelope, self._means.clock))

    def _dropped(self, ready: Ready, now: datetime) -> Dropped | None:
        """A Dropped where it must not be sent any more, else None. The lease is compared with the clock right before
        the hand-over: a process that was frozen past its lease sends nothing more, since another one has the delivery
        by then. The time to live is checked, too: what was started ahead may have waited for long."""
        in_time = ready.lease_until - now >= self._margin and now < ready.expires_at
        return None if in_time else Dropped(ready)

    def _end(self, ended: Ended) -> None:
        self._means.done(ended)
        if ended.ready.account.provider_id and isinstance(ended, Finished):
            self._heed(ended)

    def _heed(self, ended: Finished) -> None:
        """Where these tries would pause the provider or make it rest, what was started ahead is dropped instead of
        tried."""
        if accepted(ended) and not self._stands.streak:
            return
        with self._judging:
            now = self._means.clock.now()
            self._stands = judge(self._stands, [shown(ended)], now)
            in_vain = not self._stands.fit(now)
            if in_vain:
                self._stands = ProviderStanding()
        if in_vain:
            self.let_go()
