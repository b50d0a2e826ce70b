"""A PgBouncer in front of the tests' PostgreSQL, in transaction mode with a few connections."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support import machine
from tests.support.postgres import READY_WITHIN, Cluster, as_postgres, die_with_parent

PORT = 6432  # part of its socket's name; it does not listen on the network
CONFIG = """[databases]
* = host={server} user=postgres
[pgbouncer]
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
"""


@pytest.fixture
def pooler(postgres: Cluster, pytestconfig: pytest.Config) -> Iterator[Callable[[str], str]]:
    """``pooler(name)``: the address of a database behind the pooler."""
    program = machine.pgbouncer()
    if program is None:
        machine.missing("pgbouncer", pytestconfig)
    folder = Path(tempfile.mkdtemp(prefix="belfry-pooler-"))
    (folder / "ini").write_text(CONFIG.format(server=postgres.folder, port=PORT, folder=folder))
    for path in (folder, folder / "ini"):
        path.chmod(0o755)
        if as_postgres():
            shutil.chown(path, "postgres", "postgres")
    with _running(program, folder):
        yield lambda name: f"postgresql://postgres@/{name}?host={folder}&port={PORT}"
    shutil.rmtree(folder, ignore_errors=True)


def _running(program: Path | None, folder: Path) -> "subprocess.Popen[bytes]":
    """Returned once it answers; killed at the end of a ``with``."""
    with (folder / "log").open("wb") as log:
        process = _Killed(
            [str(program), str(folder / "ini")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=die_with_parent, **as_postgres(),
        )  # fmt: skip
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            psycopg.connect(f"host={folder} port={PORT} user=postgres dbname=postgres").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text()) from error
            time.sleep(0.02)
        else:
            return process


class _Killed(subprocess.Popen[bytes]):
    def __exit__(self, *told: object) -> None:
        self.kill()
        super().__exit__(*told)
