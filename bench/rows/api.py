"""Posting through the API of one served process, over connections that are kept."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.asking import ask_at_once
from bench.bench import Bench, Measure
from bench.cost import group_cpu_s
from bench.installation import installed
from bench.posting import CREATED, poster
from bench.served import serving

_CONNECTIONS = 16


@contextmanager
def posts(bench: Bench) -> Iterator[Measure]:
    """``rate`` of posts, ``p50`` and ``p99`` of the answers, ``cpu`` per 1,000. Its jobs are off, so it does nothing
    else."""
    with installed(bench.room("api")) as belfry:
        [person] = belfry.furnish(recipients=1)
        connect, prepare = poster(belfry, person)

        def measure() -> dict[str, float]:
            with serving(belfry, bench.room("log"), JOBS="off") as server:
                curls, before = [connect(server) for _ in range(_CONNECTIONS)], group_cpu_s(server.process.pid)
                asked = ask_at_once(curls, prepare, for_s=bench.sizes.seconds)
                used_s = group_cpu_s(server.process.pid) - before
            return {**asked.figures(CREATED), "cpu": used_s / len(asked.took_s) * 1000}

        yield measure
