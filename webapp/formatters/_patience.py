"""Patience: other people's code is waited for on a thread of its own, which is given up where it takes too long."""

import ctypes
import sys
import traceback
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import Any

_LOOKS = 5  # how often it is looked after within the time that one call has


class TooSlow(Exception):
    """A call has not come back within its time."""


def run(calls: Sequence[Callable[[], Any]], *, each_s: float) -> list[Any]:
    """What the calls give, one after the other, or the exceptions that they raise. Each has ``each_s`` seconds.

    The list ends with a TooSlow for the first that has not come back by then; those behind it have not been called.
    All share one thread, so that a call of a few microseconds costs hardly more than it does by itself.
    """
    work = _Work(calls)
    work.start()
    looks, done = 0, 0
    while not work.over.wait(each_s / _LOOKS):
        looks, done = (looks + 1 if len(work.made) == done else 0), len(work.made)
        if looks == _LOOKS:
            return work.give_up(f"It took longer than {each_s:g} s")
    return work.made


class _Work(Thread):
    """The thread, and what has come of the calls so far. A thread cannot be ended from outside, but given up."""

    def __init__(self, calls: Sequence[Callable[[], Any]]) -> None:
        super().__init__(name="formatters", daemon=True)
        self.made: list[Any] = []
        self.over = Event()
        self._calls, self._given_up, self._lock = calls, False, Lock()

    def run(self) -> None:
        for call in self._calls:
            made = _called(call)
            with self._lock:
                if self._given_up:
                    return
                self.made.append(made)
                if len(self.made) == len(self._calls):
                    self.over.set()

    def give_up(self, words: str) -> list[Any]:
        """What has been made, and, unless that is all, TooSlow. A loop in Python is ended, so that it does not take
        the processor for ever; what waits, or loops in C, goes on until it ends by itself."""
        with self._lock:
            if self.over.is_set():
                return self.made
            self._given_up = True
            assert self.ident is not None  # noqa: S101 — it has been started
            stuck = TooSlow(f"{words}: {_place(self.ident)}.")
            # The lock keeps it alive until here: its number is still its own.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(SystemExit))
        return [*self.made, stuck]


def _called(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except BaseException as error:  # noqa: BLE001 — it is theirs: also what asks the process to end ends nothing
        return error


def _place(thread: int) -> str:
    """Where a thread is just now."""
    frame = sys._current_frames().get(thread)
    last = traceback.extract_stack(frame)[-1]
    return f"it was in {last.name}, line {last.lineno} of {last.filename}"
