"""Belfry as it is served: ``python app.py`` on an installation's database, one process group per server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.installation import Installation
from tests.support import machine
from tests.support.server import Server, inherited


@contextmanager
def serving(installation: Installation, log: Path, **settings: str) -> Iterator[Server]:
    """A server that answers, with any BELFRY_ setting; it is stopped gracefully at the end."""
    given = {f"BELFRY_{name}": value for name, value in ({"PORT": str(machine.free_port())} | settings).items()}
    server = Server(inherited() | installation.environment | given, log)
    try:
        server.wait()
        yield server
        server.stop()
    finally:
        server.kill_all()


def memory_mb(server: Server) -> float:
    """The memory of its processes, with shared pages counted once in total (PSS)."""
    rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in server.members)
    return sum(int(text.split("Pss:")[1].split()[0]) for text in rollups) / 1024
