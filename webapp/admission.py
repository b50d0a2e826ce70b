"""Admission: requests are let in one after another.

Only one thread of a process holds the interpreter (the GIL), and each step of a database statement releases it. With
eight threads answering requests, they hand it to each other hundreds of times per page, which costs as much as the page
itself. So one request is answered at a time; the others wait for it to end instead of for the interpreter.

They are let in in the order in which they came; a plain lock would mostly go to the thread that has just had it. A
request that takes long is waiting for something else: another writer, a far side, a password's hash. The next ones then
go on beside it. The engine, which may work on a long queue without end, asks how many requests there are, and stands
back for them.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

_LONG_S = 0.05  # how long the first in the queue waits before it overtakes
_SOON_S = 0.005  # the same, behind one that has itself overtaken
_AT_WORK_S = 1.0  # beside a busy engine no page takes longer: whoever is still in then waits for somebody else


class Admission:
    """A WSGI application that answers as ``application`` does, one request after another.

    A request inside for more than 50 ms is overtaken by the next one; that one in turn after 5 ms, and so on, so that
    many slow requests do not add up for those behind them.
    """

    def __init__(self, application: Callable[[Any, Any], Any], monotonic: Callable[[], float]) -> None:
        self._application, self._monotonic = application, monotonic
        self._changing = Lock()  # guards what follows; a request is identified by the lock that it waits for
        self._inside: Lock | None = None
        self._since = 0.0  # when it was let in, on the monotonic clock
        self._queue = deque[Lock]()
        self._patience = _LONG_S
        self._newest = self._seen = self._changing  # the last request: now, and at the last call of ``asking``

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a request. A body that is streamed is sent after the next request was let in."""
        mine = Lock()
        self._enter(mine)
        try:
            return self._application(environ, start_response)
        finally:
            self._leave(mine)

    def asking(self) -> int:
        """How many requests are at work or waiting, except one that has been inside for so long that it only waits for
        something else; at least one where a request has come since the last call."""
        before, self._seen = self._seen, self._newest
        at_work = self._inside is not None and self._monotonic() - self._since < _AT_WORK_S
        return max(at_work + len(self._queue), self._seen is not before)

    def _enter(self, mine: Lock) -> None:
        with self._changing:
            self._newest = mine
            if self._inside is None:
                self._let_in(mine)
                return
            mine.acquire()
            self._queue.append(mine)
            before = self._inside
        while not mine.acquire(timeout=self._patience):
            with self._changing:
                if self._inside is mine:
                    return
                if self._inside is before and self._queue[0] is mine:
                    self._overtake()
                    return
                before = self._inside

    def _overtake(self) -> None:
        """Let in the first in the queue, beside the one that has been inside all the while."""
        self._patience = _SOON_S
        self._let_in(self._queue.popleft())

    def _leave(self, mine: Lock) -> None:
        """Let the next one in; a request that was overtaken has no turn to pass on."""
        with self._changing:
            if self._inside is not mine:
                return
            self._inside, self._patience = None, _LONG_S
            if self._queue:
                following = self._queue.popleft()
                self._let_in(following)
                following.release()

    def _let_in(self, one: Lock) -> None:
        self._inside, self._since = one, self._monotonic()
