"""A share: what one configuration of an account is handed, and how one try of it is made."""

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
from webapp.domain.breaker import Standing, judge
from webapp.domain.clock import Clock
from webapp.providers import Provider

MOST_THREADS = 256  # of all accounts in one process; each of those that have something to send has one in any case
MOST_LINES = 4096  # likewise, where the system lets a process open files enough
_FILES_FOR_EACH = 6  # libcurl has three open for a line; the rest is for all else
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


class _Count:
    """How many of something all shares of a process have together; ``most`` at once."""

    def __init__(self, most: int) -> None:
        self._lock, self._taken, self._most = Lock(), 0, most

    def take(self, *, first: bool) -> bool:
        """Whether there may be one more. A share's first is never refused."""
        with self._lock:
            if self._taken >= self._most and not first:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """One is there no longer."""
        with self._lock:
            self._taken -= 1


class Threads(_Count):
    """Those that send, or that open a line."""

    def __init__(self) -> None:
        super().__init__(MOST_THREADS)

    def start(self, work: Callable[[], None], name: str, *, first: bool) -> bool:
        """Whether there is one more now, a daemon: a send that hangs must not outlive a stopping process's grace. It
        gives itself back. Even a first is refused where the system has none left."""
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
    """Those that are kept, and those that are being opened."""

    def __init__(self) -> None:
        may_open, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        super().__init__(min(MOST_LINES, may_open // _FILES_FOR_EACH) if may_open >= 0 else MOST_LINES)


class Share(ABC):
    """What waits for one configuration of an account; who takes it is a subclass's to say."""

    def __init__(self, provider: Provider, means: Means, at_once: int) -> None:
        self._provider, self._means, self._at_once = provider, means, at_once
        # Less than the half at which a lease is renewed, or what waits would be dropped before it is.
        self._margin = timedelta(seconds=min(provider.timeout, means.settings.lease_s / 3))
        self._waiting: deque[Ready] = deque()
        self._closed = False
        self._judging, self._stands = Lock(), Standing()

    @property
    @abstractmethod
    def is_at_work(self) -> bool:
        """Whether anything is kept for it, be it only in case that more comes."""

    @abstractmethod
    def take(self, ready: Ready) -> None:
        """Have it tried. Its end comes through ``done``."""

    def let_go(self) -> None:
        """What nobody has begun with comes back."""
        with suppress(IndexError):
            while True:
                self._means.done(Dropped(self._waiting.popleft()))

    def close(self) -> None:
        """Let it end after what it has in hand."""
        self._closed = True

    def _one(self, ready: Ready) -> Ended:
        if dropped := self._dropped(ready, self._means.clock.now()):
            return dropped
        return Finished(ready, try_once(self._provider, ready.envelope, self._means.clock))

    def _dropped(self, ready: Ready, now: datetime) -> Dropped | None:
        """The lease is compared with the clock right before the hand-over: a process that was frozen past its lease
        sends nothing more, since another has the delivery by now. So is the time to live: what was started ahead may
        have waited for long."""
        in_time = ready.lease_until - now >= self._margin and now < ready.expires_at
        return None if in_time else Dropped(ready)

    def _end(self, ended: Ended) -> None:
        self._means.done(ended)
        if ended.ready.account.provider_id and isinstance(ended, Finished):
            self._heed(ended)

    def _heed(self, ended: Finished) -> None:
        """Where the far side has shown that it is asked in vain, what was started ahead is not even tried."""
        if accepted(ended) and not self._stands.streak:
            return
        with self._judging:
            now = self._means.clock.now()
            self._stands = judge(self._stands, [shown(ended)], now)
            in_vain = not self._stands.fit(now)
            if in_vain:
                self._stands = Standing()
        if in_vain:
            self.let_go()
