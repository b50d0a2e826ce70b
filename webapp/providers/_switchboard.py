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
_AGAIN_S = 0.01  # after which a time that was not quite up is looked at once more


class Gone(Exception):
    """The kept connection was there no more, and nothing of the request has left."""


class Pluggable(Protocol):
    """A kept connection, as far as it concerns who waits for it."""

    descriptor: int

    @property
    def writes(self) -> bool:
        """Whether a part of the request still has to leave."""
        ...

    def go_on(self) -> bool:
        """Write and read what can be without waiting. Whether the exchange is over."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Switchboard:
    """The lines that are plugged in, those that are busy and those that are free. All but ``ring`` is for one thread.

    A free line with news has nothing to say that was asked for: the far side has hung up, and it is taken out. Between
    ``listen`` and ``go_on`` is when to ask on free lines: one look is enough for all of them, and they are asked
    together, while what has been answered already can wait.
    """

    def __init__(self) -> None:
        self._epoll, self._bell = epoll(), os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, EPOLLIN)
        self._plugged: dict[int, tuple[Pluggable, Callable[[], None]]] = {}
        self._busy: dict[int, tuple[float, Callable[[], None]]] = {}
        self._heard = deque[int]()  # busy ones with news
        self._next_due = float("inf")
        self._writing: set[int] = set()  # of which a part of the request still has to leave

    def ring(self) -> None:
        """Let ``listen`` return."""
        os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """Let go of what it waits with."""
        self._epoll.close()
        os.close(self._bell)

    @property
    def is_empty(self) -> bool:
        """Whether no line is plugged in."""
        return not self._plugged

    def plug_in(self, line: Pluggable, hung_up: Callable[[], None]) -> None:
        """``hung_up`` is told where its far side ends it while it is free."""
        self._epoll.register(line.descriptor, EPOLLIN)
        self._plugged[line.descriptor] = line, hung_up

    def take_out(self, line: Pluggable) -> None:
        """Hang up."""
        if self._plugged.get(line.descriptor, (None,))[0] is line:
            del self._plugged[line.descriptor]
            self._busy.pop(line.descriptor, None)
            self._writing.discard(line.descriptor)
        line.close()  # which also takes its descriptor out of what is waited for

    def put_through(self, line: Pluggable, timeout: float, over: Callable[[], None]) -> None:
        """``over`` is told when the exchange that the line has begun is over: after ``timeout`` seconds at the latest,
        since the line knows its time, too."""
        due = time.monotonic() + timeout
        self._next_due = min(self._next_due, due)
        self._busy[line.descriptor] = due, over
        if line.writes:
            self._writing.add(line.descriptor)
            self._epoll.modify(line.descriptor, EPOLLIN | EPOLLOUT)

    def listen(self, longest_s: float) -> None:
        """Wait for news, ``longest_s`` at most. Whichever line is free afterwards has not been hung up until then;
        those with answers are for ``go_on``."""
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
        """Act on the news, and on the time."""
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
    """Whether the exchange is over, as it is where libcurl cannot go on with it: what has left by then is known."""
    try:
        return line.go_on()
    except Exception:  # noqa: BLE001 — it must not be waited for, nor stop the others
        _log.exception("A line could not go on")
        return True
