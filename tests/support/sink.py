"""A mail server that only counts: fast enough for thousands of mails, and it notices when a sender dies halfway."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from email.parser import BytesHeaderParser
from email.policy import default
from threading import Thread
from typing import Any

import pytest

Copy = tuple[str, str]  # a mail's subject and its recipient
_ANSWERS = {b"QUIT": b"221 bye", b"DATA": b"354 go on"}
_LOOKED_AT_EVERY_S = 0.002


class CountingSink:
    """Takes every mail, ``latency`` seconds after its final dot. Runs in a thread of the test's process.

    ``arrived`` counts the mails up to their final dot, ``accepted`` those that were confirmed; ``ids`` are the
    Message-IDs under which each came. ``in_flight`` are the senders' ports of conversations between MAIL and the last
    answer, ``broken`` counts those that ended there. ``on_mail`` is called with each mail and its sender's port; where
    it returns False, the mail is not answered.
    """

    def __init__(self) -> None:
        self.arrived: Counter[Copy] = Counter()
        self.accepted: Counter[Copy] = Counter()
        self.ids: dict[Copy, set[str]] = defaultdict(set)
        self.in_flight: set[int] = set()
        self.broken = 0
        self.latency = 0.05
        self.host = "127.0.0.1"
        self.open: set[asyncio.Transport] = set()
        self.on_mail: Callable[[Copy, int], bool] = lambda _copy, _port: True
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, name="sink", daemon=True)

    def start(self) -> None:
        """Listen on ``port``."""
        self._thread.start()
        served = self.loop.create_server(lambda: _Conversation(self), self.host, 0)
        self._server = asyncio.run_coroutine_threadsafe(served, self.loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Listen no more."""
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _close(self) -> None:
        self._server.close()
        for transport in list(self.open):
            transport.abort()
        while self.open:
            await asyncio.sleep(0)

    def reaches(self, happened: Callable[[], Any], within: float) -> Any:
        """The first true value of ``happened`` within so many seconds."""
        deadline = time.monotonic() + within
        while not (found := happened()):
            if time.monotonic() > deadline:
                return None
            time.sleep(_LOOKED_AT_EVERY_S)
        return found


class _Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: CountingSink) -> None:
        self._sink, self._unread, self._to, self._in_data = sink, b"", "", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._port = transport, transport.get_extra_info("peername")[1]
        self._sink.open.add(transport)
        self._say(b"220 sink.example.com")

    def data_received(self, data: bytes) -> None:
        self._unread += data
        end = b"\r\n.\r\n" if self._in_data else b"\r\n"
        while end in self._unread:
            piece, _, self._unread = self._unread.partition(end)
            if self._in_data:
                self._take(piece)
            else:
                self._hear(piece)
            end = b"\r\n.\r\n" if self._in_data else b"\r\n"

    def connection_lost(self, exc: Exception | None) -> None:
        self._sink.open.discard(self._transport)
        self._sink.broken += self._port in self._sink.in_flight
        self._sink.in_flight.discard(self._port)

    def _hear(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"MAIL":
            self._sink.in_flight.add(self._port)
        elif verb == b"RCPT":
            self._to = line.partition(b"<")[2].partition(b">")[0].decode()
        self._in_data = verb == b"DATA"
        self._say(_ANSWERS.get(verb, b"250 OK"))
        if verb == b"QUIT":
            self._transport.close()

    def _take(self, mail: bytes) -> None:
        self._in_data = False
        headers = BytesHeaderParser(policy=default).parsebytes(mail)
        copy = (str(headers["Subject"]), self._to)
        self._sink.arrived[copy] += 1
        self._sink.ids[copy].add(str(headers["Message-ID"]))
        if self._sink.on_mail(copy, self._port):
            self._sink.loop.call_later(self._sink.latency, self._accept, copy)

    def _accept(self, copy: Copy) -> None:
        if self._port in self._sink.in_flight:
            self._sink.in_flight.remove(self._port)
            self._sink.accepted[copy] += 1
            self._say(b"250 taken")

    def _say(self, words: bytes) -> None:
        self._transport.write(words + b"\r\n")


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    """A mail server on ``sink.port`` that counts what it takes."""
    made = CountingSink()
    made.start()
    yield made
    made.stop()
