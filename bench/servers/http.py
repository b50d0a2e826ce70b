"""An HTTP server that answers every request with 200."""

import re
import socket
from threading import Thread
from typing import Self

from bench.servers._process import Sink

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class HttpConversation:
    """One connection, kept until the other side hangs up. Knows no chunked bodies: nobody here sends one."""

    greeting = b""

    def __init__(self) -> None:
        self._unread = b""

    def hear(self, data: bytes) -> tuple[bytes, int]:
        """200 for each request that is whole."""
        unread, requests = self._unread + data, 0
        while (size := _size(unread)) <= len(unread):
            unread, requests = unread[size:], requests + 1
        self._unread = unread
        return ANSWER * requests, requests


def _size(data: bytes) -> int:
    """The number of bytes of the first request; more than there are while its headers are incomplete."""
    head = data.find(_END)
    if head < 0:
        return len(data) + 1
    length = _LENGTH.search(data, 0, head)
    return head + len(_END) + (int(length[1]) if length else 0)


def http_sink(delay_s: float = 0.0) -> Sink:
    """A sink that answers ``delay_s`` after the last byte of each request. Use it in a ``with`` block."""
    return Sink(HttpConversation, delay_s)


class Overheard:
    """A server for one request, whose bytes are kept."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.request = b""
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _serve(self) -> None:
        with self._listening, self._listening.accept()[0] as connection:
            while len(self.request) < _size(self.request):
                self.request += connection.recv(65536)
            connection.sendall(ANSWER)
