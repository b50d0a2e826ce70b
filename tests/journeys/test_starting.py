"""Starting: what is wrong is said in one plain line, and what is right is honoured."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.machine import free_port
from tests.support.postgres import Cluster
from tests.support.server import Belfry, Serve, Server
from tests.support.visitor import Visitor


@pytest.fixture
def fresh(process_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of an installation that has nothing yet: no database, no keys."""
    kept = {name: value for name, value in process_environment.items() if not name.startswith("BELFRY_")}
    return kept | {"BELFRY_INSTANCE": str(tmp_path / "fresh"), "BELFRY_PORT": str(free_port())}


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def test_a_port_that_is_taken(fresh: dict[str, str], taken_port: str) -> None:
    said = _refuses_to_start(fresh | {"BELFRY_PORT": taken_port})
    assert f"Port {taken_port} is taken" in said
    assert not Path(fresh["BELFRY_INSTANCE"]).exists()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("LEASE", "soon", "a number from 1 to 3600"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("JOBS", "dispatcher,bells", "not bells"),
        ("DEMO", "perhaps", "on or off"),
        ("ALLOWED_NETWORKS", "everywhere", "networks such as"),
        ("DATABASE_URL", "mysql://db/belfry", "sqlite:/// or postgresql://"),
        ("ENCRYPTION_KEYS", "too short", "Fernet keys"),
        ("HOST", "nowhere.invalid", "nowhere.invalid"),
        ("LAESE", "60", "is not a setting of Belfry"),
    ],
)
def test_a_setting_that_makes_no_sense(fresh: dict[str, str], setting: str, value: str, words: str) -> None:
    said = _refuses_to_start(fresh | {f"BELFRY_{setting}": value})
    assert words in said
    assert setting in said or setting == "HOST"


def _not_a_database(file: Path) -> None:
    file.write_bytes(b"These are not the pages you are looking for. " * 100)


def _of_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 4096 * 3 + 100])


@pytest.mark.parametrize("damage", [_not_a_database, _of_a_newer_version, _a_folder, _cut_off])
def test_a_database_file_that_is_none_of_ours(
    process_environment: dict[str, str], instance: Path, damage: Callable[[Path], None]
) -> None:
    damage(instance / "belfry.sqlite3")
    before = _contents(instance)
    _refuses_to_start(process_environment | {"BELFRY_PORT": str(free_port())})
    assert _contents(instance) == before


def test_an_instance_folder_that_cannot_be_made(fresh: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "fresh").write_text("a file stands where the folder should be")
    assert str(tmp_path / "fresh") in _refuses_to_start(fresh)


def test_a_postgresql_that_is_away(process_environment: dict[str, str], tmp_path: Path) -> None:
    away = f"postgresql://postgres@/belfry?host={tmp_path}"
    _refuses_to_start(process_environment | {"BELFRY_PORT": str(free_port()), "BELFRY_DATABASE_URL": away})


@pytest.mark.parametrize("key", ["SECRET_KEY", "ENCRYPTION_KEYS"])
def test_postgresql_without_a_key(process_environment: dict[str, str], postgres: Cluster, key: str) -> None:
    environ = process_environment | {"BELFRY_PORT": str(free_port()), "BELFRY_DATABASE_URL": postgres.url("postgres")}
    del environ[f"BELFRY_{key}"]
    assert f"BELFRY_{key} must be given" in _refuses_to_start(environ)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LEASE": "soon"}, "BELFRY_LEASE must be a number"),
        ({"DATABASE_URL": "sqlite:////dev/null/belfry"}, "The database cannot be used: unable to open"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "so four slashes"),
        ({"DATABASE_URL": "postgresql://postgres@/belfry?host=/nowhere"}, "The database cannot be used: connection"),
    ],
)
def test_a_command_says_what_is_wrong_in_one_line(belfry: Belfry, settings: dict[str, str], words: str) -> None:
    done = belfry("users", "list", "--json", check=False, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.both_databases
def test_two_servers_that_migrate_at_once(
    serve: Serve, database_kind: str, instance: Path, request: pytest.FixtureRequest
) -> None:
    if database_kind == "sqlite":
        (instance / "belfry.sqlite3").unlink()
        database = {}
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        database = {"DATABASE_URL": cluster.url(cluster.create())}
    servers = [serve(wait=False, DEMO="on", **database) for _ in range(2)]
    for server in servers:
        server.wait()
    assert [server.health()["database"] for server in servers] == ["ok", "ok"]
    assert sum("A demo team has moved in" in server.log for server in servers) == 1
    assert [server.stop() for server in servers] == [0, 0]


def test_host_port_and_instance_are_honoured(process_environment: dict[str, str], tmp_path: Path) -> None:
    instance, port = tmp_path / "elsewhere", free_port()
    kept = {name: value for name, value in process_environment.items() if not name.startswith("BELFRY_")}
    given = {"BELFRY_INSTANCE": str(instance), "BELFRY_HOST": "127.0.0.2", "BELFRY_PORT": str(port)}
    server = Server(kept | given, tmp_path / "log")
    server.url = f"http://127.0.0.2:{port}"
    try:
        server.wait()
        assert f"http://127.0.0.2:{port}" in server.log
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port))
        assert (instance / "belfry.sqlite3").exists()
        assert {(instance / key).stat().st_mode & 0o777 for key in ("secret_key", "encryption_key")} == {0o600}
        assert server.stop() == 0
    finally:
        server.kill_all()


def test_only_its_own_names_are_answered(serve: Serve) -> None:
    visitor = Visitor(serve(PUBLIC_URL="https://belfry.example.com").url)
    statuses = {host: visitor.get("/login", {"Host": host}).status for host in ("belfry.example.com", "evil.example")}
    assert statuses == {"belfry.example.com": 200, "evil.example": 400}


def _refuses_to_start(environ: dict[str, str]) -> str:
    """What it says: one line, and no more."""
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode not in {0, None}
    assert done.stdout == ""
    assert done.stderr.startswith("belfry: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def _contents(folder: Path) -> dict[str, bytes]:
    """The files that hold something; locks and logs that were made and left empty do not count."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {name: data for name, data in files.items() if data and not name.endswith("-shm")}
