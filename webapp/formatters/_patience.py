"""Patience: runs plugin code on a thread of its own, which is abandoned where it takes too long."""

import ctypes
import sys
import traceback
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import Any

_LOOKS = 5  # checks per time limit of one call


class TooSlow(Exception):
    """A call has not come back within its time."""


def run(calls: Sequence[Callable[[], Any]], *, each_s: float) -> list[Any]:
    """The results of the calls, in order; for a call that raises, its exception. Each call may take ``each_s`` seconds.

    The list ends with TooSlow for the first call that exceeds its time; the calls after it are not made. All share one
    thread, so that a call of a few microseconds costs hardly more than it does by itself.
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
    """The thread, and the results so far. Python cannot end a thread from outside, so a slow one is abandoned."""

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
        """The results so far, with TooSlow at the end unless all calls have finished. SystemExit is raised in the
        thread, which ends a loop in Python. A thread that waits, or loops in C, goes on until it returns."""
        with self._lock:
            if self.over.is_set():
                return self.made
            self._given_up = True
            assert self.ident is not None  # noqa: S101 — it has been started
            stuck = TooSlow(f"{words}: {_place(self.ident)}.")
            # While the lock is held the thread cannot finish, so its ident cannot belong to another thread.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(SystemExit))
        return [*self.made, stuck]


def _called(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except BaseException as error:  # noqa: BLE001 — it is theirs: also what asks the process to end ends nothing
        return error


def _place(thread: int) -> str:
    """The code that a thread is running at this moment."""
    frame = sys._current_frames().get(thread)
    last = traceback.extract_stack(frame)[-1]
    return f"it was in {last.name}, line {last.lineno} of {last.filename}"
