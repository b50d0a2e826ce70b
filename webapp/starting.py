"""Starting: what a serving process and a worker do alike before they begin, and how they say what keeps them."""

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
_NEW_OBJECTS = 10_000  # after which it is looked what of them could go; Python's default is 700
_MARK = "database_made"  # in INSTANCE, an empty file: there was an embedded database here


def begin() -> None:
    """Warnings and errors go to stderr, one line each; and as many files may be open as the system allows."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def switch_often() -> None:
    """For a process with an engine. Where requests are alone they gain nothing by it, and each change costs them."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def keep_for_good() -> None:
    """What has been made by now stays until the end: to look through all of it for what could go would stop every
    thread for a tenth of a second, again and again. Not even now: next to nothing of it could. Nor is what is new
    looked through as often as usual: a lot, or a page, makes thousands of objects, nearly none of them in circles."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()  # off while a server begins


def make_ready(app: Flask) -> None:
    """Migrate, and go by the database's clock. Ends the process, with one plain line, where that cannot be."""
    with app.app_context(), faults_told():
        _check_not_lost(runtime().settings)
        _migrate()
        _mark(runtime().settings)
        runtime().follow_database()


@contextmanager
def faults_told() -> Iterator[None]:
    """What is wrong with the database is one plain line, and the end of the process."""
    try:
        yield
    except DATABASE_FAULTS as error:
        fail(f"The database cannot be used: {fault_of(error)}.")


def _check_not_lost(settings: Settings) -> None:
    """An empty database where there was one is no beginning: it was lost, and nobody would notice until too late."""
    file, mark = settings.embedded_file, settings.instance / _MARK
    if settings.demo or settings.database_url or not mark.exists():
        return
    if not file.exists() or not inspect(db.engine).has_table("alembic_version"):
        fail(f"The database {file} is gone: restore it from a backup, or delete {mark.resolve()} to begin anew.")


def _mark(settings: Settings) -> None:
    """Only once the database is there: a first start that was killed before may begin again."""
    if not (settings.demo or settings.database_url):
        (settings.instance / _MARK).touch(mode=0o600)


def _migrate() -> None:
    """Bring the database to this version's schema, where it is not. Flask-Migrate's own command would end the process
    in its words."""
    if _is_of_this_version():
        return
    from alembic import command  # not above: it takes a tenth of a start, and most have nothing to migrate
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
    """This version's schema: migrations are named by their numbers, and follow each other in one line."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]


def _migration_fault(error: Exception) -> str:
    from alembic.script.revision import ResolutionError

    if isinstance(error.__cause__, ResolutionError):
        schema = error.__cause__.argument
        return f"The database is of a newer Belfry (schema {schema}): start that version, or restore a backup."
    return f"The database cannot be migrated: {fault_of(error)}."
