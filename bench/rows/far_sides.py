"""A slow far side: how close Belfry comes to the allowed number of deliveries in flight."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Measure
from bench.delivering import deliver
from bench.installation import installed
from bench.servers import http_sink


@contextmanager
def few(bench: Bench) -> Iterator[Measure]:
    """The ``share`` of the possible rate with 64 in flight."""
    with _slow(bench, bench.sizes.in_flight[0]) as measure:
        yield measure


@contextmanager
def many(bench: Bench) -> Iterator[Measure]:
    """The ``share`` of the possible rate with 256 in flight."""
    with _slow(bench, bench.sizes.in_flight[1]) as measure:
        yield measure


@contextmanager
def _slow(bench: Bench, in_flight: int) -> Iterator[Measure]:
    sizes, limit = bench.sizes, in_flight / bench.sizes.delay_s
    with (
        http_sink(sizes.delay_s) as sink,
        installed(bench.room("slow"), CONCURRENCY=str(in_flight)) as belfry,
    ):
        people = belfry.furnish(recipients=round(limit * sizes.slow_s))
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{sink.port}/notify")

        def measure() -> dict[str, float]:
            went = deliver(belfry, sink, people)
            return {**went, "share": went["rate"] / limit}

        yield measure
