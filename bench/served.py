"""Belfry as it is served: ``python app.py`` on an installation's database, one process group for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.installation import Installation
from tests.support import machine
from tests.support.server import Server, inherited


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


def memory_mb(server: Server) -> float:
    """What its processes hold, a page that several share counted once in all (PSS)."""
    rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in server.members)
    return sum(int(text.split("Pss:")[1].split()[0]) for text in rollups) / 1024
