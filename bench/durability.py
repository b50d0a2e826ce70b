"""Checks that commits are durable: without waiting for the disk, the figures would mean something else."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from bench.bench import Bench
from bench.delivering import delivered
from bench.installation import installed
from bench.servers import http_sink

# A row of strace's table: % time, seconds, usecs/call, calls, errors (optional), syscall.
_CALLS = re.compile(r"^\s*\S+\s+\S+\s+\S+\s+(\d+)\s+(?:\d+\s+)?(?:fsync|fdatasync)$", re.MULTILINE)
_WAL, _FULL = "wal", 2  # synchronous=FULL: every commit waits for its log
_BATCHES = 3


def demand_durable(bench: Bench) -> str:
    """A sentence on what was found. Raises AssertionError where commits do not wait for the disk."""
    with http_sink() as sink, installed(bench.room("durable"), DISPATCH_BATCH=str(bench.sizes.batch)) as belfry:
        pragmas = [belfry.house.asked(text(f"PRAGMA {name}"))[0][0] for name in ("journal_mode", "synchronous")]
        assert pragmas == [_WAL, _FULL], pragmas
        people = belfry.furnish(recipients=_BATCHES * bench.sizes.batch)
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{sink.port}/notify")
        belfry.post(people)
        with _counting_syncs(bench.room("strace")) as calls:
            delivered(belfry, sink, len(people))
    if not calls:
        return "Every commit waits for the disk, says SQLite; nobody has counted, since there is no strace here."
    assert sum(calls) >= _BATCHES, calls
    return f"Every commit waits for the disk: {sum(calls)} calls of fsync and fdatasync for {_BATCHES} batches."


@contextmanager
def _counting_syncs(report: Path) -> Iterator[list[int]]:
    """Filled at the end with this process's number of calls to each; empty where tracing is not allowed."""
    calls: list[int] = []
    command = ["strace", "-c", "-f", "-e", "trace=fsync,fdatasync", "-o", str(report), "-p", str(os.getpid())]
    try:
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        yield calls
        return
    assert tracer.stderr
    attached = "attached" in tracer.stderr.readline()
    yield calls
    tracer.send_signal(signal.SIGINT)
    tracer.communicate()
    if attached:
        calls += [int(number) for number in _CALLS.findall(report.read_text())]
