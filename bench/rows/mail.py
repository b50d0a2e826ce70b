"""Deliveries by mail, one process, on connections that are kept."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Measure
from bench.delivering import deliver
from bench.installation import installed
from bench.servers import smtp_sink

_CONNECTIONS = 8


@contextmanager
def on_sqlite(bench: Bench) -> Iterator[Measure]:
    """``rate`` and ``cpu``."""
    with smtp_sink() as sink, installed(bench.room("mail"), CONCURRENCY=str(_CONNECTIONS)) as belfry:
        people = belfry.furnish(recipients=bench.sizes.deliveries)
        belfry.house.send_by(sink.port)
        yield lambda: deliver(belfry, sink, people)
