"""The event loop of every sink: one thread, epoll, and answers that are sent after a delay."""

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

LARGEST_READ = 1 << 18


class Conversation(Protocol):
    """The protocol of one connection. ``greeting`` is sent first."""

    greeting: bytes

    def hear(self, data: bytes) -> tuple[bytes, int]:
        """The answer to new data, and the number of messages that it completed."""
        ...


class Loop:
    """Serves connections to ``listening`` for ever.

    ``took`` is called with the number of completed messages, ``delay_s`` before they are answered.
    """

    def __init__(
        self,
        listening: socket.socket,
        converse: Callable[[], Conversation],
        took: Callable[[int], None],
        delay_s: float,
    ) -> None:
        self._listening, self._converse, self._took, self._delay_s = listening, converse, took, delay_s
        self._open: dict[int, tuple[socket.socket, Conversation]] = {}
        self._due: deque[tuple[float, socket.socket, bytes]] = (
            deque()
        )  # the delay is always the same: first in, first out
        self._epoll = select.epoll()

    def run(self) -> None:
        """Until the process is ended."""
        self._listening.setblocking(False)
        door = self._listening.fileno()
        self._epoll.register(door, select.EPOLLIN)
        while True:
            for descriptor, _ in self._epoll.poll(self._wait_s()):
                if descriptor == door:
                    self._accept()
                else:
                    self._read(descriptor)
            self._answer_due()

    def _wait_s(self) -> float:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else -1

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except BlockingIOError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = self._converse()
            self._open[connection.fileno()] = connection, conversation
            self._epoll.register(connection.fileno(), select.EPOLLIN)
            _say(connection, conversation.greeting)

    def _read(self, descriptor: int) -> None:
        connection, conversation = self._open[descriptor]
        try:
            data = connection.recv(LARGEST_READ)
        except OSError:
            data = b""
        if not data:
            del self._open[descriptor]
            connection.close()
            return
        answer, messages = conversation.hear(data)
        if messages:
            self._took(messages)
            if self._delay_s:
                self._due.append((time.monotonic() + self._delay_s, connection, answer))
                return
        _say(connection, answer)

    def _answer_due(self) -> None:
        now = time.monotonic() if self._due else 0.0
        while self._due and self._due[0][0] <= now:
            _, connection, answer = self._due.popleft()
            _say(connection, answer)


def _say(connection: socket.socket, words: bytes) -> None:
    """Answers are short enough for the socket's buffer; a closed connection is ignored."""
    if words:
        try:
            connection.send(words)
        except OSError:
            return
