"""Deliveries by signed HTTP, one process: on SQLite, and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Measure
from bench.delivering import deliver
from bench.installation import installed
from bench.servers import http_sink
from tests.support.postgres import Cluster


@contextmanager
def on_sqlite(bench: Bench) -> Iterator[Measure]:
    """``rate`` and ``cpu``."""
    with _delivering(bench, None) as measure:
        yield measure


@contextmanager
def on_postgres(bench: Bench) -> Iterator[Measure]:
    """``rate`` and ``cpu``; the database's own processes are not counted."""
    with _delivering(bench, bench.postgres) as measure:
        yield measure


@contextmanager
def _delivering(bench: Bench, cluster: Cluster | None) -> Iterator[Measure]:
    with http_sink() as sink, installed(bench.room("http"), cluster) as belfry:
        people = belfry.furnish(recipients=bench.sizes.deliveries)
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{sink.port}/notify")
        yield lambda: deliver(belfry, sink, people)
