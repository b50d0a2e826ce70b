"""The latency of an immediate post: from the post to its arrival at the far side, with nothing else to do."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.asking import ask_in_turn, percentiles
from bench.bench import Bench, Measure
from bench.installation import Installation, installed
from bench.posting import CREATED, poster
from bench.served import serving
from bench.servers import Sink, http_sink
from tests.support.server import Server

_WITHIN_S = 10.0
_APART_S = 0.05  # seconds between two posts, so that the woken threads go back to sleep


@contextmanager
def one_process(bench: Bench) -> Iterator[Measure]:
    """``p50`` and ``p99`` in milliseconds, from the start of the post's request; ``answered p50``, from its answer."""
    with _idle(bench, ["all"]) as measure:
        yield measure


@contextmanager
def two_processes(bench: Bench) -> Iterator[Measure]:
    """The same, where one process takes the post and another one sends."""
    with _idle(bench, ["off", "all"]) as measure:
        yield measure


@contextmanager
def _idle(bench: Bench, jobs: list[str]) -> Iterator[Measure]:
    with http_sink() as sink, installed(bench.room("wake")) as belfry:
        [person] = belfry.furnish(recipients=1, immediate=True)
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{sink.port}/notify")

        def measure() -> dict[str, float]:
            with ExitStack() as stack:
                servers = [stack.enter_context(serving(belfry, bench.room("log"), JOBS=job)) for job in jobs]
                return _waits(belfry, servers[0], sink, person, bench.sizes.wakings)

        yield measure


def _waits(belfry: Installation, server: Server, sink: Sink, person: str, count: int) -> dict[str, float]:
    connect, prepare = poster(belfry, person)
    curl, asked_s, answered_s = connect(server), list[float](), list[float]()
    for number in range(count + 1):
        before, begun = sink.count, time.monotonic()
        asked = ask_in_turn(curl, prepare, until=lambda asked: asked == 1)
        assert asked.statuses == {CREATED}
        answered = time.monotonic()
        sink.wait_for(before + 1, within_s=_WITHIN_S)
        if number:  # the first imports the sender and does not count
            asked_s.append(sink.arrived_at(before) - begun)
            answered_s.append(sink.arrived_at(before) - answered)
        time.sleep(_APART_S)
    return {**percentiles(asked_s), "answered p50": percentiles(answered_s)["p50"]}
