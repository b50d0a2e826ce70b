"""Requests take turns.

A process has one interpreter, and of all threads that want it one works. Each step of a statement lets go of it: where
eight threads work at requests, they hand it to each other hundreds of times for each page, which costs as much as the
page. So one of them works, and the others wait until it is done, not for the interpreter.

Whoever takes long waits for something else: another writer, a far side, a password's hash. The others go on beside it.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

_LONG_S = 0.05
_SOON_S = 0.005  # how long one waits on that has waited so long for nobody's turn


class Turns:
    """A WSGI application that answers as ``application`` does, one request after another.

    Of many that take long at once, each is found out sooner than the one before: they do not add up for those behind.
    """

    def __init__(self, application: Callable[[Any, Any], Any]) -> None:
        self._application = application
        self._turn, self._taken, self._changing = Lock(), object(), Lock()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer. What is sent piece by piece is sent after the turn."""
        turn = self._take()
        try:
            return self._application(environ, start_response)
        finally:
            turn.release()

    def _take(self) -> Lock:
        patience = _LONG_S
        while True:
            turn, before = self._turn, self._taken
            if turn.acquire(timeout=patience):
                self._taken = object()  # not a count: two that are at work beside each other could count as one
                return turn
            if self._taken is before:
                self._leave(turn)
            if turn is not self._turn:
                patience = _SOON_S

    def _leave(self, turn: Lock) -> None:
        """Leave it to the one that has had it all the while; the others take another one from here on."""
        with self._changing:
            if self._turn is turn:
                self._turn = Lock()
