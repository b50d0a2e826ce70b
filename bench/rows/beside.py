"""Posting while the same process delivers at full speed."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.asking import ask_in_turn
from bench.bench import Bench, Measure
from bench.installation import installed
from bench.posting import CREATED, poster
from bench.served import serving
from bench.servers import http_sink

_FIRST_S = 10.0


@contextmanager
def saturated(bench: Bench) -> Iterator[Measure]:
    """``p50`` and ``p99`` of a post's answer in milliseconds, one post after another while the queue is full, and the
    ``deliveries`` per second meanwhile."""
    sizes = bench.sizes
    with http_sink() as sink, installed(bench.room("beside")) as belfry:
        people = belfry.furnish(recipients=sizes.backlog)
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{sink.port}/notify")
        connect, prepare = poster(belfry, people[0])

        def measure() -> dict[str, float]:
            belfry.post(people)
            with serving(belfry, bench.room("log")) as server:
                curl, before = connect(server), sink.count
                sink.wait_for(before + 1, within_s=_FIRST_S)
                full = before + sizes.backlog * 9 // 10
                asked = ask_in_turn(curl, prepare, until=lambda n: sink.count > full or n >= sizes.most_beside)
                delivered = sink.count - before
            return {**asked.figures(CREATED), "deliveries": delivered / asked.wall_s}

        yield measure
