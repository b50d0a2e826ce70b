"""Requests over the transport for its tests, with defaults for everything that a test does not set."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from webapp.domain.envelope import Failure, Transcript
from webapp.providers._transport import Answer, Request, Transport

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"  # an incomplete answer


@pytest.fixture
def transport() -> Iterator[Transport]:
    """A transport that may dial loopback."""
    made = Transport(LOOPBACK)
    yield made
    made.close()


def ask(transport: Transport, url: str, transcript: Transcript | None = None, **different: Any) -> Answer:
    """One request: a POST of a few bytes, unless ``different``."""
    usual = {"method": "POST", "body": b'{"a":1}', "timeout": 25.0}
    return transport.ask(Request(url=url, **{**usual, **different}), transcript or new_transcript())


def failure(transport: Transport, url: str, transcript: Transcript | None = None, **different: Any) -> Failure:
    """What is raised instead of an answer."""
    with pytest.raises(Failure) as caught:
        ask(transport, url, transcript, **different)
    return caught.value


def new_transcript(monotonic: Callable[[], float] = time.monotonic) -> Transcript:
    """A transcript that begins now, at NOW."""
    return Transcript(monotonic, NOW)


def names(transcript: Transcript) -> list[str]:
    """The names of the transcript's phases."""
    return [phase.name for phase in transcript.phases]


class Clock:
    """A stopwatch that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
