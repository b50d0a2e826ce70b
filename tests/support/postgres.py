"""A PostgreSQL server for the tests: made in a temporary folder, reached by a socket there, gone with the process."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import psycopg

from tests.support import machine

# Its data need not survive the run, so nothing waits for a disk.
UNSAFE_AND_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "random_page_cost": "1.1",  # as for an SSD, as docs/operations.md advises
    "timezone": "Europe/Vienna",  # not UTC, so that a time without its zone is noticed
}
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
PR_SET_PDEATHSIG = 1
READY_WITHIN = 60.0


def available() -> bool:
    """Whether PostgreSQL is installed here."""
    return bool(machine.postgresql("initdb")) and (os.geteuid() != 0 or _has_user())


class Cluster:
    """One running server with its databases; also reached over the network, if it has an address there."""

    def __init__(self, address: str = "", port: int = 5432, *, settings: Mapping[str, str] = UNSAFE_AND_FAST) -> None:
        self._address, self._port, self._settings = address, port, settings
        self.folder = Path(tempfile.mkdtemp(prefix="belfry-pg-"))
        self._made = 0

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._initialise()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start, at first or after ``stop``."""
        self._process = self._start()
        self._wait()

    def stop(self) -> None:
        """Stop in spite of open connections; committed data are on the disk."""
        self._end(signal.SIGINT)

    def hang_up(self) -> None:
        """End every connection that others have."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def create(self, template: str = "template1") -> str:
        """Make a database like ``template``, and return its name."""
        name = self._new_name()
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def rename(self, name: str) -> str:
        """Rename a database, ending its connections; returns the new name."""
        new = self._new_name()
        with self.connect() as connection:
            while connection.execute(HANG_UP, [name]).fetchall():
                time.sleep(0.001)  # renaming would wait for them, too, but in steps of tenths of a second
            connection.execute(f"ALTER DATABASE {name} RENAME TO {new}".encode())
        return new

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The address to hand to Belfry."""
        return f"postgresql://postgres@/{name}?host={self.folder}&port={self._port}"

    def url_from_afar(self, name: str) -> str:
        """The same for another host."""
        return f"postgresql://postgres@{self._address}:{self._port}/{name}"

    def execute(self, statement: str) -> None:
        """Run one statement in the maintenance database."""
        with self.connect() as connection:
            connection.execute(statement.encode())

    def connect(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """A connection to one of its databases, on which every statement is a transaction."""
        return psycopg.connect(f"host={self.folder} port={self._port} user=postgres dbname={name}", autocommit=True)

    def _new_name(self) -> str:
        self._made += 1
        return f"belfry_{self._made}"

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(timeout=READY_WITHIN)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _initialise(self) -> None:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        command = [_program("initdb"), "--pgdata", self._data, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **as_postgres())
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")
        with (self._data / "pg_hba.conf").open("a") as allowed:
            allowed.write("host all all samenet trust\n")

    def _start(self) -> subprocess.Popen[Any]:
        where = {"listen_addresses": self._address, "port": str(self._port)}
        settings = {**self._settings, **where, "unix_socket_directories": str(self.folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [_program("postgres"), "-D", self._data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls one function of the C library
                **as_postgres(),
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from error
                time.sleep(0.02)
            else:
                return


def _program(name: str) -> Path:
    program = machine.postgresql(name)
    if program is None:
        raise FileNotFoundError(name)
    return program


def _has_user() -> bool:
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return False
    return True


def as_postgres() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def die_with_parent() -> None:
    """A ``preexec_fn``: stop the server even if the tests are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
