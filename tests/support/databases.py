"""A migrated, empty database for each test, on SQLite or on PostgreSQL."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest

from tests.support import ROOT, machine
from tests.support.postgres import Cluster, available
from tests.support.reused import Reused
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db

# PostgreSQL installations have no folder for generated keys, so they are always given.
KEYS = {
    "BELFRY_SECRET_KEY": "only for the tests, never beyond",
    "BELFRY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(b"only for the tests, never beyond").decode(),
}


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """An empty folder for one installation: its embedded database, its keys, its files."""
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder


@pytest.fixture
def database_kind() -> str:
    """The database this test runs on; overridden by a parameter where a test runs on both."""
    return "sqlite"


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database that only this test uses."""
    return request.getfixturevalue(f"_{database_kind}_url")


@pytest.fixture
def _sqlite_url(instance: Path, _sqlite_template: Path) -> str:
    file = instance / "belfry.sqlite3"
    shutil.copyfile(_sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def _postgresql_url(_postgresql_reused: Reused) -> Iterator[str]:
    yield _postgresql_reused.url
    _postgresql_reused.restore()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A PostgreSQL server for each worker; ``create()`` makes an empty database in it."""
    if not available():
        machine.missing("postgresql", pytestconfig)
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    file = folder / "belfry.sqlite3"
    migrate(f"sqlite:///{file}", folder)
    return file


@pytest.fixture(scope="session")
def _postgresql_template(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = postgres.create()
    migrate(postgres.url(name), tmp_path_factory.mktemp("template"))
    return name


@pytest.fixture(scope="session")
def _postgresql_reused(postgres: Cluster, _postgresql_template: str) -> Reused:
    return Reused(postgres, _postgresql_template)


def migrate(url: str, instance: Path) -> None:
    """Bring a database to the newest schema, as a starting server does."""
    app = create_app(Settings.read(KEYS | {"BELFRY_DATABASE_URL": url, "BELFRY_INSTANCE": str(instance)}))
    with app.app_context():
        flask_migrate.upgrade(directory=str(ROOT / "migrations"))
        db.engine.dispose()  # SQLite then merges its log into the one file; PostgreSQL lets it be copied
