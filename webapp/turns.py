"""Requests take turns.

A process has one interpreter, and of all threads that want it one works. Each step of a statement lets go of it: where
eight threads work at requests, they hand it to each other hundreds of times for each page, which costs more than the
page. So one of them works, and the others wait for it to be done, not for the interpreter.

Whoever takes long waits for something else: another writer, a far side, a password's hash. The others go on beside it.
"""

import threading
import time
from typing import Any

_LONG_S = 0.05


class Turns:
    """A WSGI application that answers as ``application`` does, one request after another."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._turn, self._since = threading.Lock(), 0.0
        self._replacing = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer. What is sent piece by piece is sent after the turn."""
        turn = self._taken()
        try:
            return self._application(environ, start_response)
        finally:
            turn.release()

    def _taken(self) -> threading.Lock:
        while True:
            turn = self._turn
            if turn.acquire(timeout=_LONG_S):
                self._since = time.monotonic()
                return turn
            self._leave_behind(turn)

    def _leave_behind(self, turn: threading.Lock) -> None:
        """Where whoever has it has had it for long, the others have another one from here on."""
        with self._replacing:
            if self._turn is turn and time.monotonic() - self._since >= _LONG_S:
                self._turn = threading.Lock()
