"""A sink's process, and the memory that it shares with the measuring one."""

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import RawArray, RawValue
from typing import Any, Self

from bench.servers._loop import Conversation, Loop

KEPT = 4096  # the newest arrivals, whose times are kept
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Sink:
    """A far side in a process of its own, so that its cost does not count."""

    def __init__(self, converse: Callable[[], Conversation], delay_s: float) -> None:
        self._count: Any = RawValue(ctypes.c_longlong)
        self._times: Any = RawArray(ctypes.c_double, KEPT)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listening.getsockname()[1]
        told = _Told(self._listening, converse, self._count, self._times, delay_s, os.getpid())
        # Spawned, not forked: a copy of this process would hold its databases and connections open.
        self._process = get_context("spawn").Process(target=_serve, args=(told,), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self._listening.close()  # the other process has its own copy now
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    @property
    def count(self) -> int:
        """How many messages have come."""
        return self._count.value

    def arrived_at(self, number: int) -> float:
        """When the message of that number (from 0) came, on the monotonic clock; only for the newest ones."""
        assert self.count - KEPT <= number < self.count
        return self._times[number % KEPT]

    def wait_for(self, count: int, *, within_s: float) -> None:
        """Return once so many have come. Raises TimeoutError."""
        deadline = time.monotonic() + within_s
        while self.count < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.count} of {count} messages came within {within_s:g} s.")
            time.sleep(0.001)


@dataclass(frozen=True, slots=True)
class _Told:
    """The parameters of the process."""

    listening: socket.socket
    converse: Callable[[], Conversation]
    count: Any
    times: Any
    delay_s: float
    parent: int


def _serve(told: _Told) -> None:
    """The process's main function. It ends with its parent, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != told.parent:
        return
    count, times = told.count, told.times

    def took(messages: int) -> None:
        now = time.monotonic()
        for number in range(count.value, count.value + messages):
            times[number % KEPT] = now
        count.value += messages

    Loop(told.listening, told.converse, took, told.delay_s).run()
