"""The same work by Celery on Redis: the same body to the same sink with ``requests``, and mails with Flask-Mail.

The worker and its driver run in ``.venv-peers`` (``bench/peers``). Redis syncs its append-only file every second, which
its documentation calls durable; each of Belfry's commits waits for its own sync.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.bench import Bench, Measure
from bench.cost import group_cpu_s
from bench.installation import BODY
from bench.servers import Sink, http_sink, smtp_sink
from tests.support import ROOT, machine

PROGRAMS = ROOT / ".venv-peers" / "bin"
_STOPS_WITHIN_S = 20.0


@contextmanager
def http(bench: Bench) -> Iterator[Measure]:
    """``rate`` and ``cpu``, of the worker alone: neither Redis nor the driver counts."""
    with http_sink() as sink:
        yield lambda: _work("http", bench.sizes.peers_deliveries, sink)


@contextmanager
def mail(bench: Bench) -> Iterator[Measure]:
    """The same, by mail."""
    with smtp_sink() as sink:
        yield lambda: _work("mail", bench.sizes.peers_deliveries, sink)


def _work(what: str, count: int, sink: Sink) -> dict[str, float]:
    """Raises AssertionError where anything was lost or sent twice."""
    before = sink.count
    with _redis() as address:
        environment = {**os.environ, "PEERS_REDIS": address, "PYTHONWARNINGS": "ignore"}
        with _worker(environment) as group, _driver([what, str(count), str(sink.port), BODY], environment) as driver:
            assert driver.stdin
            assert driver.stdout
            driver.stdout.readline()  # the worker has warmed up, and all is queued
            used_s = group_cpu_s(group)
            driver.stdin.write("go\n")
            driver.stdin.flush()
            took_s, used_s = float(driver.stdout.readline()), group_cpu_s(group) - used_s
    assert sink.count - before == count + 1, "The first one warms up."
    return {"rate": count / took_s, "cpu": used_s / count * 1000}


def _driver(words: list[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
    command = [PROGRAMS / "python", "-m", "bench.peers.drive", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[int]:
    """Yields the worker's process group."""
    command = [PROGRAMS / "celery", "-A", "bench.peers.tasks", "worker", "--loglevel", "ERROR"]
    out = subprocess.DEVNULL  # drops its banner; errors go to stderr
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, start_new_session=True)
    try:
        yield process.pid
    finally:
        _stop(process)


@contextmanager
def _redis() -> Iterator[str]:
    port = machine.free_port()
    with tempfile.TemporaryDirectory(prefix="belfry-redis-") as folder:
        durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        place = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--logfile", str(Path(folder, "log"))]
        process = subprocess.Popen(["redis-server", *place, *durable], start_new_session=True)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(timeout=_STOPS_WITHIN_S)
