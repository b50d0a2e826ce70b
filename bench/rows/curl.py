"""The same requests by libcurl alone, from several threads: the limit for any pipeline built on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Self

import pycurl

from bench.bench import Bench, Measure
from bench.cost import measured
from bench.installation import installed
from bench.servers import Sink, http_sink
from bench.servers.http import Overheard

_THREADS = 16  # as many as Belfry has for one provider by default


@dataclass(frozen=True, slots=True)
class Replay:
    """One of Belfry's requests, to be sent again."""

    headers: list[bytes]
    body: bytes

    @classmethod
    def of(cls, request: bytes) -> Self:
        """From the bytes of Belfry's request; libcurl itself adds host and length."""
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")[1:]
        kept = [line for line in lines if not line.lower().startswith((b"host:", b"content-length:"))]
        return cls([*kept, b"Expect:"], body)


@contextmanager
def replayed(bench: Bench) -> Iterator[Measure]:
    """``rate`` and ``cpu``. Headers and body are set anew each time, as they must be where they differ."""
    with http_sink() as sink:
        replay, count = Replay.of(_sample(bench)), bench.sizes.deliveries

        def measure() -> dict[str, float]:
            before = sink.count
            with measured() as cost:
                _send(replay, sink, count)
            assert sink.count - before == count
            return cost.rate(count)

        yield measure


def _sample(bench: Bench) -> bytes:
    """One of Belfry's requests to an HTTP service."""
    with Overheard() as heard, installed(bench.room("sample")) as belfry:
        people = belfry.furnish(recipients=1)
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{heard.port}/notify")
        belfry.post(people)
        belfry.drain()
    return heard.request


def _send(replay: Replay, sink: Sink, count: int) -> None:
    shares = [range(start, count, _THREADS) for start in range(_THREADS)]
    threads = [Thread(target=_send_share, args=(replay, sink.port, share)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send_share(replay: Replay, port: int, share: Sequence[int]) -> None:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://127.0.0.1:{port}/notify")
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.WRITEFUNCTION, len)  # as if everything was written; the body is dropped
    for _ in share:
        handle.setopt(pycurl.HTTPHEADER, replay.headers)
        handle.setopt(pycurl.POSTFIELDS, replay.body)
        handle.perform()
    handle.close()
