"""The switchboard: where one thread waits for the answers on many kept lines at once."""

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from select import EPOLLIN, EPOLLOUT, epoll
from typing import Protocol

_log = logging.getLogger(__name__)
_AGAIN_S = 0.01  # seconds until an exchange is looked at again whose time was not quite up


class Gone(Exception):
    """The kept connection was closed before any byte of the request had left."""


class Pluggable(Protocol):
    """A kept connection, as the switchboard sees it."""

    descriptor: int

    @property
    def writes(self) -> bool:
        """Whether a part of the request still has to leave."""
        ...

    def go_on(self) -> bool:
        """Read and write as much as is possible without waiting. Returns whether the exchange is over."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Switchboard:
    """Kept lines, busy or free, and one epoll over them. Only ``ring`` may be called from another thread.

    News on a free line means that the far side has hung up: the line is taken out. New requests belong between
    ``listen`` and ``go_on``: the one poll has just shown which free lines are alive, and handling the answers can wait.
    """

    def __init__(self) -> None:
        self._epoll, self._bell = epoll(), os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, EPOLLIN)
        self._plugged: dict[int, tuple[Pluggable, Callable[[], None]]] = {}
        self._busy: dict[int, tuple[float, Callable[[], None]]] = {}
        self._heard = deque[int]()  # busy ones with news
        self._next_due = float("inf")
        self._writing: set[int] = set()  # descriptors of lines that still have a part of their request to send

    def ring(self) -> None:
        """Make ``listen`` return early."""
        os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """Close the epoll and the event descriptor."""
        self._epoll.close()
        os.close(self._bell)

    @property
    def is_empty(self) -> bool:
        """Whether no line is plugged in."""
        return not self._plugged

    def plug_in(self, line: Pluggable, hung_up: Callable[[], None]) -> None:
        """Add a free line. ``hung_up`` is called if the far side closes it while it is free."""
        self._epoll.register(line.descriptor, EPOLLIN)
        self._plugged[line.descriptor] = line, hung_up

    def take_out(self, line: Pluggable) -> None:
        """Remove the line and close it."""
        if self._plugged.get(line.descriptor, (None,))[0] is line:
            del self._plugged[line.descriptor]
            self._busy.pop(line.descriptor, None)
            self._writing.discard(line.descriptor)
        line.close()  # closing also removes its descriptor from the epoll

    def put_through(self, line: Pluggable, timeout: float, over: Callable[[], None]) -> None:
        """Watch the exchange that ``line`` has begun. ``over`` is called when it ends: after ``timeout`` seconds at the
        latest, since the line watches the time itself."""
        due = time.monotonic() + timeout
        self._next_due = min(self._next_due, due)
        self._busy[line.descriptor] = due, over
        if line.writes:
            self._writing.add(line.descriptor)
            self._epoll.modify(line.descriptor, EPOLLIN | EPOLLOUT)

    def listen(self, longest_s: float) -> None:
        """Wait for news, at most ``longest_s`` seconds. Every line that is free afterwards was alive at the poll. Busy
        lines with news are handled by ``go_on``."""
        left = min(longest_s, self._next_due - time.monotonic())
        for descriptor, _ in self._epoll.poll(max(left, 0.0)):
            if descriptor == self._bell:
                os.eventfd_read(self._bell)
            elif descriptor in self._busy:
                self._heard.append(descriptor)
            elif descriptor in self._plugged:
                line, hung_up = self._plugged[descriptor]
                self.take_out(line)
                hung_up()

    def go_on(self) -> None:
        """Let the busy lines with news go on, and those whose time is up."""
        while self._heard:
            if (descriptor := self._heard.popleft()) in self._busy:
                self._go_on(self._plugged[descriptor][0])
        if time.monotonic() >= self._next_due:
            self._look_at_the_time()

    def _go_on(self, line: Pluggable) -> None:
        over = _goes_on(line)
        if line.descriptor in self._writing and (over or not line.writes):
            self._writing.remove(line.descriptor)
            with suppress(OSError):  # it may be closed by now
                self._epoll.modify(line.descriptor, EPOLLIN)
        if over:
            self._busy.pop(line.descriptor)[1]()

    def _look_at_the_time(self) -> None:
        now = time.monotonic()
        for descriptor in [descriptor for descriptor, (due, _) in self._busy.items() if due <= now]:
            self._busy[descriptor] = now + _AGAIN_S, self._busy[descriptor][1]
            self._go_on(self._plugged[descriptor][0])
        self._next_due = min((due for due, _ in self._busy.values()), default=float("inf"))


def _goes_on(line: Pluggable) -> bool:
    """Whether the exchange is over. An unexpected error ends it too: the line knows what had left by then."""
    try:
        return line.go_on()
    except Exception:  # noqa: BLE001 — it must not be waited for, nor stop the others
        _log.exception("A line could not go on")
        return True
