"""A trap that detects forbidden connections."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pycurl
import pytest

from tests.support.targets import PUBLIC, resolver
from webapp.providers import _line, _net


@dataclass
class Trap:
    """Listeners on loopback, IPv4 and IPv6, that must get no connection, and every address that was dialled."""

    port: int
    closed: int  # a port at which nobody listens
    listeners: list[socket.socket]
    dialled: list[str] = field(default_factory=list)

    @property
    def caught(self) -> int:
        """How many connections came."""
        number = 0
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
                    number += 1
        return number


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """The trap; connections to anything but loopback are blocked."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = first.getsockname()[1]
        listeners = [first]
        with contextlib.suppress(OSError):
            listeners.append(stack.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6)))
        for listener in listeners:
            listener.setblocking(False)
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        made = Trap(port, closed.getsockname()[1], listeners)
        _watch(made.dialled, monkeypatch)
        monkeypatch.setattr(_net.socket, "getaddrinfo", resolver())
        yield made
        assert made.caught == 0


def _watch(dialled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Record each address before it is dialled, by Python or by libcurl; block it unless it is loopback."""
    connect, opened = socket.socket.connect, _line.Line._open

    def noting(self: socket.socket, address: Any) -> None:
        dialled.append(address[0])
        if not address[0].startswith(("127.", "::1")):
            raise ConnectionRefusedError(111, "the test does not let it")
        connect(self, address)

    def opening(self: Any, purpose: int, found: Any) -> Any:
        made = opened(self, purpose, found)
        if made is pycurl.SOCKET_BAD or found.addr[0] == PUBLIC:
            dialled.extend([found.addr[0]] * (made is not pycurl.SOCKET_BAD))
            return pycurl.SOCKET_BAD
        dialled.append(found.addr[0])
        return made

    monkeypatch.setattr(socket.socket, "connect", noting)
    monkeypatch.setattr(_line.Line, "_open", opening)
