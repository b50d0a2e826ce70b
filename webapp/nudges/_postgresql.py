"""Nudges between processes on any hosts: NOTIFY, heard on a connection of its own.

A pooler that gives each transaction another connection cannot carry LISTEN: notifications would reach nobody, or
another client. So nobody listens through one.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.database import STAYS_ALIVE, fault_of, is_pooled
from webapp.domain.job import Job
from webapp.nudges import NUDGED, CannotHear, CannotSay

_CHANNEL = "belfry"
_BY_POOLER = (
    "The database's address is a pooler's, which cannot tell this process of what others post: it is found by the next "
    "look. BELFRY_DATABASE_DIRECT_URL, the database's own address, mends that"
)


class PostgresqlLine:
    """``url`` is where to listen; ``connect`` takes a connection from the pool to send a nudge."""

    def __init__(self, url: URL, connect: Callable[[], Connection]) -> None:
        self._url, self._connect = url, connect

    def say(self, job: Job) -> None:
        """In a transaction of its own, in one round trip, which waits for no disk."""
        try:
            with self._connect() as connection:
                alone = connection.execution_options(isolation_level="AUTOCOMMIT")
                alone.execute(select(func.pg_notify(_CHANNEL, job.value)))
        except SQLAlchemyError as error:
            raise CannotSay(fault_of(error)) from None

    def listen(self) -> "PostgresqlEar":
        """On a new connection."""
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            connection = psycopg.connect(address, autocommit=True, prepare_threshold=None, **STAYS_ALIVE)
            return PostgresqlEar(connection)
        except psycopg.Error as error:
            raise CannotHear(fault_of(error)) from None


class PostgresqlEar:
    """A connection that LISTENs."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        if is_pooled(connection):
            connection.close()
            raise CannotHear(_BY_POOLER, lasting=True)
        connection.execute(f"LISTEN {_CHANNEL}")

    def fileno(self) -> int:
        """The connection's socket."""
        return self._connection.fileno()

    def heard(self) -> set[Job]:
        """All that has come since the last call."""
        words, line = set[str](), self._connection.pgconn
        try:
            line.consume_input()
            while said := line.notifies():
                words.add(said.extra.decode())
        except psycopg.Error as error:
            raise CannotHear(fault_of(error)) from None
        return {job for job in NUDGED if job.value in words}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
