"""Programs of this machine that tests need, and what happens to a test when one is missing."""

import os
import random
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest


def chromium() -> Path | None:
    """Debian's browser, or any other chromium on the PATH."""
    return _program("chromium", "chromium-browser", "google-chrome")


def smtp_sink() -> Path | None:
    """The mail server that takes everything, from Debian's postfix."""
    return _program("smtp-sink", "/usr/sbin/smtp-sink")


def pgbouncer() -> Path | None:
    """The pooler for PostgreSQL."""
    return _program("pgbouncer", "/usr/sbin/pgbouncer")


def faketime() -> Path | None:
    """The library that gives a process another wall clock, from Debian's libfaketime."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def postgresql(program: str) -> Path | None:
    """One of PostgreSQL's programs; Debian keeps them off the PATH, the newest version is taken."""
    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: float(path.parts[4]))
    return _program(program) or (packaged[-1] if packaged else None)


def _program(*names: str) -> Path | None:
    found = (shutil.which(name) for name in names)
    return next((Path(path) for path in found if path), None)


def missing(what: str, config: pytest.Config) -> None:
    """End a test that cannot run here: skipped with a reason, or failed where everything must run
    (``--require-all``)."""
    reason = f"{what} is not on this machine (make test installs it when run as root)"
    if config.getoption("require_all"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def free_ports() -> Iterator[int]:
    """Ports nobody listens on, below the ephemeral range, so that the system gives none of them away meanwhile."""
    draw = random.Random(os.urandom(8))  # pytest-randomly seeds the shared generator alike in every worker
    while True:
        port = draw.randrange(20_000, 32_768)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and _can_bind(port):
                yield port


def free_port() -> int:
    """One such port."""
    return next(free_ports())


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def members(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def sockets_at(ports: set[int]) -> set[str]:
    """The inodes of the connected TCP sockets at these local ports."""
    return _sockets(ports, "01")


def listening_at(port: int) -> set[str]:
    """The inodes of the TCP sockets that listen there: several, where processes share a port."""
    return _sockets({port}, "0A")


def _sockets(ports: set[int], state: str) -> set[str]:
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {row[9] for row in rows if row[3] == state and int(row[1].partition(":")[2], 16) in ports}


def sockets_of(pid: int) -> set[str]:
    """The inodes of the sockets that a process holds open."""
    found = set()
    with suppress(OSError):  # it, or one of its files, is gone
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(file.readlink()))
    return {name.removeprefix("socket:[").removesuffix("]") for name in found if name.startswith("socket:")}
