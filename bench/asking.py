"""Sending requests to a served Belfry: on kept connections, one after another on each, with the time that each took."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pycurl

Prepare = Callable[[pycurl.Curl], None]  # sets a handle up for the next request


_SHARES = (("p50", 0.50), ("p95", 0.95), ("p99", 0.99))


@dataclass
class Asked:
    """The seconds that each answer took, and the time over which all came."""

    statuses: set[int] = field(default_factory=set)
    took_s: list[float] = field(default_factory=list)
    wall_s: float = 0.0

    def figures(self, only: int) -> dict[str, float]:
        """``rate`` per second, and the ``percentiles``. Raises AssertionError where any answer had another status than
        ``only``."""
        assert self.statuses == {only}, self.statuses
        return {"rate": len(self.took_s) / self.wall_s, **percentiles(self.took_s)}


def percentiles(took_s: list[float]) -> dict[str, float]:
    """``p50``, ``p95`` and ``p99`` in milliseconds."""
    ranked = sorted(took_s)
    return {name: ranked[int(len(ranked) * share)] * 1000 for name, share in _SHARES}


def handle(url: str, headers: Mapping[str, str]) -> pycurl.Curl:
    """A kept connection that requests ``url``."""
    made = pycurl.Curl()
    made.setopt(pycurl.URL, url)
    made.setopt(pycurl.NOSIGNAL, 1)
    made.setopt(pycurl.PROXY, "")
    made.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
    made.setopt(pycurl.WRITEFUNCTION, len)  # as if everything was written; the body is dropped
    return made


def ask_once(curl: pycurl.Curl) -> tuple[int, bytes]:
    """The status and the body of one answer."""
    body = BytesIO()
    curl.setopt(pycurl.WRITEFUNCTION, body.write)
    curl.perform()
    curl.setopt(pycurl.WRITEFUNCTION, len)
    return curl.getinfo(pycurl.RESPONSE_CODE), body.getvalue()


def ask_in_turn(curl: pycurl.Curl, prepare: Prepare, *, until: Callable[[int], bool]) -> Asked:
    """Send requests on one connection, each as soon as the last was answered, ``until`` that returns True."""
    asked, begun = Asked(), time.perf_counter()
    while not until(len(asked.took_s)):
        prepare(curl)
        curl.perform()
        _note(asked, curl)
    asked.wall_s = time.perf_counter() - begun
    return asked


def ask_at_once(curls: list[pycurl.Curl], prepare: Prepare, *, for_s: float) -> Asked:
    """Send requests on all connections at the same time, on each as soon as its last was answered."""
    multi, asked, begun = pycurl.CurlMulti(), Asked(), time.perf_counter()
    for curl in curls:
        prepare(curl)
        multi.add_handle(curl)
    running = len(curls)
    while running:
        multi.perform()
        _, done, failed = multi.info_read()
        assert not failed, failed
        for curl in done:
            _note(asked, curl)
            multi.remove_handle(curl)
            if time.perf_counter() - begun < for_s:
                prepare(curl)
                multi.add_handle(curl)
            else:
                running -= 1
        if not done:
            multi.select(1.0)
    asked.wall_s = time.perf_counter() - begun
    return asked


def _note(asked: Asked, curl: Any) -> None:
    asked.statuses.add(curl.getinfo(pycurl.RESPONSE_CODE))
    asked.took_s.append(curl.getinfo(pycurl.TOTAL_TIME))
