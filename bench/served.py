"""Belfry as it is served: ``python app.py`` on an installation's database, one process group for each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.installation import Installation
from tests.support import machine
from tests.support.server import Server, inherited

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # fields of /proc/PID/stat behind the name


@contextmanager
def serving(installation: Installation, log: Path, **settings: str) -> Iterator[Server]:
    """One that answers, with any BELFRY_ setting; at the end it stops in good order."""
    given = {f"BELFRY_{name}": value for name, value in ({"PORT": str(machine.free_port())} | settings).items()}
    server = Server(inherited() | installation.environment | given, log)
    try:
        server.wait()
        yield server
        server.stop()
    finally:
        server.kill_all()


def cpu_s(server: Server) -> float:
    """Seconds of a processor that its processes have taken so far."""
    stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in server.members)
    return sum(int(fields[_UTIME]) + int(fields[_STIME]) for fields in stats) / _TICKS


def memory_mb(server: Server) -> float:
    """What its processes hold, a page that several share counted once in all (PSS)."""
    rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in server.members)
    return sum(int(text.split("Pss:")[1].split()[0]) for text in rollups) / 1024
