"""Admission: requests are let in one after another.

A process has one interpreter, and of all threads that want it one works. Each step of a statement lets go of it: where
eight threads work at requests, they hand it to each other hundreds of times for each page, which costs as much as the
page. So one of them works, and the others wait until it is done, not for the interpreter.

Whoever takes long waits for something else: another writer, a far side, a password's hash. The others go on beside it.
Whoever works on without end, as the engine does on a long queue, asks whether it is quiet, and stands back.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

_LONG_S = 0.05
_SOON_S = 0.005  # how long one waits on that has waited so long behind one that was let in


class Admission:
    """A WSGI application that answers as ``application`` does, one request after another.

    Of many that take long at once, each is found out sooner than the one before: they do not add up for those behind.
    """

    def __init__(self, application: Callable[[Any, Any], Any]) -> None:
        self._application = application
        self._door, self._entered, self._changing = Lock(), object(), Lock()
        self._seen = self._entered

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer. What is sent piece by piece is sent when the next is in."""
        door = self._enter()
        try:
            return self._application(environ, start_response)
        finally:
            door.release()

    def is_quiet(self) -> bool:
        """Whether nobody is at work, nor has been let in since this was last asked."""
        before, self._seen = self._seen, self._entered
        return self._seen is before and not self._door.locked()

    def _enter(self) -> Lock:
        patience = _LONG_S
        while True:
            door, before = self._door, self._entered
            if door.acquire(timeout=patience):
                self._entered = object()  # not a count: two that are at work beside each other could count as one
                return door
            if self._entered is before:
                self._leave(door)
            if door is not self._door:
                patience = _SOON_S

    def _leave(self, door: Lock) -> None:
        """Leave it to the one that has been in all the while; the others take another one from here on."""
        with self._changing:
            if self._door is door:
                self._door = Lock()
