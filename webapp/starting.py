"""Starting: what a serving process and a worker both do before they begin, and how they report what prevents it."""

import gc
import logging
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Flask, current_app
from sqlalchemy import inspect, text

from webapp.config import Settings
from webapp.database import DATABASE_FAULTS, fault_of
from webapp.extensions import MIGRATIONS, db
from webapp.runtime import runtime
from webapp.saying import fail

# Requests and senders stay quick beside a busy engine: Python's default lets it run for 5 ms at a time.
SWITCH_INTERVAL_S = 0.0005
_NEW_OBJECTS = 10_000  # after which the garbage collector runs; Python's default is 700
_MARK = "database_made"  # an empty file in INSTANCE: an embedded database was made here


def begin() -> None:
    """Log warnings and errors to stderr, one line each; and raise the limit on open files as far as the system
    allows."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def switch_often() -> None:
    """For a process with an engine. Without one, requests gain nothing by it, and each switch costs."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def keep_for_good() -> None:
    """Exempt all that exists by now from garbage collection: each full collection would stop every thread for a tenth
    of a second. None is made now, either: next to nothing would be collected. And collect new objects less often than
    usual: a lot, or a page, makes thousands of them, nearly none in reference cycles."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()  # off while a server begins


def make_ready(app: Flask) -> None:
    """Migrate, and follow the database's clock. Ends the process with one plain line where that fails."""
    with app.app_context(), faults_told():
        check_not_lost(runtime().settings)
        _migrate()
        _mark(runtime().settings)
        runtime().follow_database()


@contextmanager
def faults_told() -> Iterator[None]:
    """A database error ends the process with one plain line."""
    try:
        yield
    except DATABASE_FAULTS as error:
        fail(f"The database cannot be used: {fault_of(error)}.")


def check_not_lost(settings: Settings) -> None:
    """Refuse to start with an empty database where there was one: it was lost, and nobody would notice until too
    late."""
    file, mark = settings.embedded_file, settings.instance / _MARK
    if settings.demo or settings.database_url or not mark.exists():
        return
    if not file.exists() or not inspect(db.engine).has_table("alembic_version"):
        fail(f"The database {file} is gone: restore it from a backup, or delete {mark.resolve()} to begin anew.")


def _mark(settings: Settings) -> None:
    """Only once the database exists, so that a first start that was killed before can be repeated."""
    if not (settings.demo or settings.database_url):
        (settings.instance / _MARK).touch(mode=0o600)


def _migrate() -> None:
    """Upgrade the database to this version's schema, if needed. Flask-Migrate's own command would end the process with
    its own message."""
    if _is_of_this_version():
        return
    from alembic import command  # not at the top: it takes a tenth of a start, and most have nothing to migrate
    from alembic.util import CommandError

    try:
        command.upgrade(current_app.extensions["migrate"].migrate.get_config(str(MIGRATIONS)), "head")
    except (CommandError, RuntimeError) as error:
        fail(_migration_fault(error))


def _is_of_this_version() -> bool:
    with db.engine.connect() as connection:
        return inspect(connection).has_table("alembic_version") and newest() == connection.scalar(
            text("SELECT version_num FROM alembic_version")
        )


def newest() -> str:
    """The number of this version's schema: migrations are named by their numbers, and follow each other in one line."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]


def _migration_fault(error: Exception) -> str:
    from alembic.script.revision import ResolutionError

    if isinstance(error.__cause__, ResolutionError):
        schema = error.__cause__.argument
        return f"The database is of a newer Belfry (schema {schema}): start that version, or restore a backup."
    return f"The database cannot be migrated: {fault_of(error)}."
