"""The inbox of a signed-in person, over a million rows, served by two processes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bench.asking import ask_at_once, ask_once, handle
from bench.bench import Bench, Measure
from bench.filling import READER
from bench.served import serving
from tests.support.server import Server
from tests.support.visitor import Visitor

_CONNECTIONS, _PROCESSES = 16, 2
_VERSION = re.compile(rb'data-version="([^"]+)"')


@contextmanager
def inbox(bench: Bench) -> Iterator[Measure]:
    """``page rate`` and ``page p99``; ``poll rate``: for a browser that has the newest version already."""
    belfry = bench.filled(bench.sizes.many_rows)

    def measure() -> dict[str, float]:
        with serving(belfry, bench.room("log"), JOBS="off", WEB_PROCESSES=str(_PROCESSES)) as server:
            server.wait(processes=_PROCESSES)
            cookie = Visitor(server.url).sign_in(READER).cookies
            page = _figures(server, "/inbox", cookie, 200, bench.sizes.seconds)
            poll = _figures(server, _unchanged(server, cookie), cookie, 204, bench.sizes.seconds)
        named = {"page": page, "poll": poll}
        return {f"{what} {name}": value for what, found in named.items() for name, value in found.items()}

    yield measure


def _figures(server: Server, path: str, cookie: str, status: int, for_s: float) -> dict[str, float]:
    curls = [handle(f"{server.url}{path}", {"Cookie": cookie}) for _ in range(_CONNECTIONS)]
    return ask_at_once(curls, lambda _curl: None, for_s=for_s).figures(status)


def _unchanged(server: Server, cookie: str) -> str:
    """The address that the page polls, read from the page."""
    status, page = ask_once(handle(f"{server.url}/inbox", {"Cookie": cookie}))
    found = _VERSION.search(page)
    assert (status, bool(found)) == (200, True)
    assert found is not None
    return f"/inbox?version={found[1].decode()}"
