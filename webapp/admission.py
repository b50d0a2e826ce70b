"""Admission: requests are let in one after another.

A process has one interpreter, and of all threads that want it one works. Each step of a statement lets go of it: where
eight threads work at requests, they hand it to each other hundreds of times for each page, which costs as much as the
page. So one of them works, and the others wait until it is done, not for the interpreter.

They are let in in the order in which they came: a lock alone goes to whoever is awake, which is the one that has just
had it. Whoever takes long waits for something else: another writer, a far side, a password's hash. The others go on
beside it. Whoever works on without end, as the engine does on a long queue, asks how many there are, and stands back.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

_LONG_S = 0.05
_SOON_S = 0.005  # how long one waits on that has waited so long behind one that was let in
_AT_WORK_S = 1.0  # beside a busy engine no page takes longer: whoever is still in then waits for somebody else


class Admission:
    """A WSGI application that answers as ``application`` does, one request after another.

    Of many that take long at once, each is found out sooner than the one before: they do not add up for those behind.
    """

    def __init__(self, application: Callable[[Any, Any], Any], monotonic: Callable[[], float]) -> None:
        self._application, self._monotonic = application, monotonic
        self._changing = Lock()  # what follows; a request is known by the lock that it waits with
        self._inside: Lock | None = None
        self._since = 0.0  # it is, on the monotonic clock
        self._queue = deque[Lock]()
        self._patience = _LONG_S
        self._newest = self._seen = self._changing  # the last that came, and that was one when somebody asked

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer. What is sent piece by piece is sent when the next is in."""
        mine = Lock()
        self._enter(mine)
        try:
            return self._application(environ, start_response)
        finally:
            self._leave(mine)

    def asking(self) -> int:
        """How many are at work, not counting who only waits by now, or wait for them; at least one where somebody has
        come since this was last asked."""
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
        """Whoever has been in all the while goes on beside the first that waits."""
        self._patience = _SOON_S
        self._let_in(self._queue.popleft())

    def _leave(self, mine: Lock) -> None:
        """Let the next one in; whoever was overtaken has nothing to give."""
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
