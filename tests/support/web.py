"""A web server that follows a script, with faults: what it does on a connection, after a request's headers, and as the
answer."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Thread
from typing import Any

import pytest

from tests.support.smtp import Action, Conversation, Over

Answer = int | bytes | Action


@dataclass(frozen=True)
class Asked:
    """One complete request, and its time in seconds since 1970. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; a header's name is written with _ for -."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Whatever"
    lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def then(words: bytes, action: Action) -> Action:
    """Send this, then do that."""

    def both(conversation: Conversation) -> None:
        conversation.say(words)
        action(conversation)

    return both


def drip_after(words: bytes) -> Action:
    """Send this, then one byte at a time without an end."""

    def action(conversation: Conversation) -> None:
        conversation.say(words)
        while not conversation.stopped.wait(0.02):
            conversation.say(b"x")
        raise Over

    return action


def stall(conversation: Conversation) -> None:
    """Stop reading, so that what is sent piles up."""
    conversation.stopped.wait(30)
    raise Over


def gush(status: int = 200) -> Action:
    """Announce a gigabyte, and start sending it."""

    def action(conversation: Conversation) -> None:
        conversation.say(b"HTTP/1.1 %d Whatever\r\nContent-Length: 1073741824\r\n\r\n" % status)
        for _ in range(1 << 14):
            conversation.say(b"A" * 65536)

    return action


def gzip_bomb(size: int = 1 << 26) -> bytes:
    """A small compressed answer that unpacks to ``size`` bytes."""
    return answer(200, gzip.compress(bytes(size)), Content_Encoding="gzip", Content_Type="application/json")


@dataclass
class WebServer:
    """``script`` is the answer, or a list with one for each request; the last one is repeated.

    ``on_connect`` runs before anything is read, ``on_headers`` between a request's headers and its body.
    """

    script: Answer | list[Answer] = 200
    on_connect: Action | None = None
    on_headers: Action | None = None
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    requests: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._stopped = Event()
        self._threads: list[Thread] = []
        self._open: list[socket.socket] = []
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)

    def url(self, path: str = "/send", host: str = "") -> str:
        """Its address, with another spelling of its host if given."""
        return f"{'https' if self.tls else 'http'}://{host or self.host}:{self.port}{path}"

    def stop(self) -> None:
        """Close everything and wait for every thread."""
        self._stopped.set()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(30)

    def wait_until_it_hung_up(self, first: int | None = None) -> None:
        """Return once every connection has ended, or the ``first`` so many."""
        for thread in self._threads[1:][:first]:
            thread.join(30)
            assert not thread.is_alive(), "A connection is still open."

    def _run(self, target: Callable[..., None], *arguments: object) -> None:
        thread = Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            self._run(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        conversation = Conversation(sock, self._stopped)
        try:
            if self.on_connect:
                self.on_connect(conversation)
            if self.tls:
                conversation.sock = self.tls.wrap_socket(sock, server_side=True)
                self._open.append(conversation.sock)
            while self._one(conversation):
                pass
        except (Over, OSError):
            pass
        finally:
            conversation.sock.close()

    def _one(self, conversation: Conversation) -> bool:
        opening = conversation.line().decode("latin-1").split()
        if not opening:
            return False
        headers: dict[str, str] = {}
        while (line := conversation.line().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if self.on_headers:
            self.on_headers(conversation)
        body = _read(conversation, int(headers.get("content-length", "0")))
        self.requests.append(Asked(opening[0], opening[1], headers, body, time.time()))
        self._answer(conversation)
        return True

    def _answer(self, conversation: Conversation) -> None:
        turns = self.script if isinstance(self.script, list) else [self.script]
        turn = turns[min(len(self.requests), len(turns)) - 1]
        if callable(turn):
            turn(conversation)
        else:
            conversation.say(answer(turn) if isinstance(turn, int) else turn)


def _read(conversation: Conversation, size: int) -> bytes:
    while len(conversation.unread) < size:
        if not (more := conversation.sock.recv(65536)):
            raise Over
        conversation.unread += more
    body, conversation.unread = conversation.unread[:size], conversation.unread[size:]
    return body


@pytest.fixture
def web() -> Iterator[Callable[..., WebServer]]:
    """Scripted web servers: ``web(404)``, ``web([503, 200])``, ``web(hang)``, ``web(on_headers=reset)``."""
    servers: list[WebServer] = []

    def make(script: Any = 200, **further: Any) -> WebServer:
        servers.append(WebServer(script, **further))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
