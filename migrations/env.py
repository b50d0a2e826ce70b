"""How migrations run: one process at a time, each in one transaction, on SQLite with foreign keys checked at the end.

Batch mode rebuilds a SQLite table by dropping the old one; with foreign keys enforced that would delete the children.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from webapp.runtime import runtime
from webapp.starting import check_not_lost

_ADVISORY_LOCK = 0xBE1F  # any number that nothing else in the database uses
_migrate = current_app.extensions["migrate"]


def _run() -> None:
    check_not_lost(runtime().settings)
    with _migrate.db.engine.connect() as connection, _alone_on_sqlite(connection):
        context.configure(
            connection=connection,
            target_metadata=_migrate.db.metadata,
            transactional_ddl=True,
            **_migrate.configure_args,
        )
        with context.begin_transaction():
            _wait_on_postgresql(connection)
            context.run_migrations()
            if connection.dialect.name == "sqlite" and (
                broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            ):
                raise RuntimeError(f"This migration would leave rows without their parents: {broken[:5]}")


# Nobody else migrates meanwhile: whoever comes second waits, and then finds nothing left to do.


def _wait_on_postgresql(connection: Connection) -> None:
    """Until the end of the transaction: a lock of the session would stay with a pooler's connection for ever."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})


@contextmanager
def _alone_on_sqlite(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    with Path(f"{_migrate.db.engine.url.database}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


_run()
