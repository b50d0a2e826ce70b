"""Queues work for the worker and waits for its end: ``python -m bench.peers.drive http|mail COUNT PORT BODY``.

Everything is queued before the worker starts on it, as Belfry's deliveries are. Then this prints a line, and waits for
one on standard input. At the end it prints the seconds from the worker's start until the last result was recorded.
"""

# pyright: reportMissingImports=false, reportFunctionMemberAccess=false
import sys
import time
from typing import Any

from bench.peers.tasks import WARM_UP, WORK, app, mail, post

_WITHIN_S = 300.0


def main(what: str, count: int, port: int, text: str) -> None:
    """Queue, let the worker begin, wait."""
    recorded = app.backend.client
    recorded.flushdb()
    _queue(what, port, text, 1, WARM_UP)[0].get(timeout=_WITHIN_S)  # the worker has started and imported everything
    results = _queue(what, port, text, count, WORK)
    print("queued", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    app.control.add_consumer(WORK, reply=True)
    while recorded.dbsize() < count + 1:
        if time.perf_counter() - begun > _WITHIN_S:
            raise TimeoutError(f"{recorded.dbsize()} of {count} results within {_WITHIN_S:g} s.")
        time.sleep(0.005)
    print(time.perf_counter() - begun, flush=True)
    app.control.cancel_consumer(WORK, reply=True)
    if not all(result.successful() for result in results):
        raise RuntimeError("Not everything went well.")


def _queue(what: str, port: int, text: str, count: int, queue: str) -> list[Any]:
    if what == "http":
        work = [post.s(f"http://127.0.0.1:{port}/notify", text)] * count
    else:
        work = [mail.s(port, f"p{number:05}@example.com", "Lunch at noon", text, "") for number in range(count)]
    return [one.apply_async(queue=queue) for one in work]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
