"""What a served Belfry costs with nothing to do: web server and jobs, one installation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Measure
from bench.cost import group_cpu_s
from bench.installation import SENDER, installed
from bench.served import memory_mb, serving
from tests.support.visitor import Visitor

_PAGES = ("/inbox", "/sent", "/compose")


@contextmanager
def at_rest(bench: Bench) -> Iterator[Measure]:
    """``start_s`` until the first answer; then, after some pages were opened, the ``memory`` in MB and the ``share`` of
    one core."""
    sizes = bench.sizes
    with installed(bench.room("idle")) as belfry:
        belfry.furnish(recipients=1)

        def measure() -> dict[str, float]:
            begun = time.perf_counter()
            with serving(belfry, bench.room("log")) as server:
                start_s = time.perf_counter() - begun
                visitor = Visitor(server.url).sign_in(SENDER)
                assert {visitor.get(path).status for path in _PAGES} == {200}
                time.sleep(sizes.settle_s)
                before = group_cpu_s(server.process.pid)
                time.sleep(sizes.idle_s)
                used_s = group_cpu_s(server.process.pid) - before
                return {"start_s": start_s, "memory": memory_mb(server), "share": used_s / sizes.idle_s}

        yield measure
