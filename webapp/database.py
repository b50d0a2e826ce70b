"""The database as every part meets it: times in UTC, and the one way to write."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging import Logger
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, DateTime, Dialect, Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.types import TypeDecorator

_AFTERWARDS = "belfry_afterwards"
# What is raised while the database is away, or busy for longer than one waits for it. Nothing has been saved then,
# unless it is the commit that raises: its answer may be what was lost.
STORAGE_TROUBLE: tuple[type[Exception], ...] = (OperationalError, TimeoutError)
DATABASE_FAULTS: tuple[type[Exception], ...] = (SQLAlchemyError,)  # whatever else is wrong with a database
_WRITERS = WeakKeyDictionary[Engine | Connection, Lock]()  # by whose database it is
# How long a SQLite writer waits for those of its process, and then as long again for others, before it gives up.
BUSY_TIMEOUT_MS = 5000
# A server that is gone without a word is found out within half a minute; and nothing on the way to it forgets a
# connection that nobody has used for long.
STAYS_ALIVE: Mapping[str, int] = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC on both databases; SQLite would give naive ones back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a naive datetime: nobody can know what it means."""
        value = _in_utc(value)
        return value.replace(tzinfo=None) if value and dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored moment, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """On SQLite straight to the text that SQLAlchemy writes: the engine stores a dozen times for each delivery."""
        return as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """And back."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"A time without a zone cannot be stored: {value!r}")
    return value.astimezone(UTC)


def as_text(value: datetime | None) -> str | None:
    """A time as it stands in a column of SQLite's."""
    known = _in_utc(value)
    return known.isoformat(" ", "microseconds").removesuffix("+00:00") if known else None


def _from_text(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if stored else None


def fault_of(error: Exception) -> str:
    """What a database says is wrong, in one line, without the statement and its values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return said.partition("\n")[0].strip().rstrip(".:")


def tell_fault(log: Logger, words: str, error: Exception) -> None:
    """Log in one line that a database is away or busy, which may be so each second; anything else with its traceback,
    since it is our fault."""
    away = isinstance(error, STORAGE_TROUBLE)
    log.error("%s: %s", words, fault_of(error), exc_info=None if away else error)


def writing(session: "Session | scoped_session[Session]") -> AbstractContextManager[Session]:
    """One short write transaction: committed at the end, rolled back on any error.

    Whatever was read before is forgotten first, so that what is written rests on what is true now. On SQLite it takes
    the write lock at once: a transaction that reads and then writes fails there the moment another has written in
    between. Never wrap it around the network, rendering or password hashing: every other writer waits for its end.
    """
    return _writing(session, waits=True)


def writing_at_once(session: "Session | scoped_session[Session]") -> AbstractContextManager[Session]:
    """The same for what may be left undone: raises one of STORAGE_TROUBLE, instead of waiting, where another writes."""
    return _writing(session, waits=False)


@contextmanager
def _writing(session: "Session | scoped_session[Session]", *, waits: bool) -> Iterator[Session]:
    session = _own(session)
    session.rollback()
    session.info[_AFTERWARDS] = {}
    with _alone(session, waits=waits):
        try:
            _begin_to_write(session, waits=waits)
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
    for call, arguments in session.info.pop(_AFTERWARDS, {}):
        call(*arguments)


@contextmanager
def _alone(session: Session, *, waits: bool) -> Iterator[None]:
    """Of this process's writers on SQLite, each goes on as soon as the one before has ended. SQLite's own way to wait
    is to sleep and look again, ever longer, and to find that somebody else was quicker; other processes it is left to.
    """
    lock = _WRITERS.get(session.get_bind())
    mine = lock is not None and lock.acquire(timeout=BUSY_TIMEOUT_MS / 1000 if waits else 0)
    try:
        yield
    finally:
        if lock and mine:
            lock.release()


def _begin_to_write(session: Session, *, waits: bool) -> None:
    begins = _begins.set(_write if waits else _write_at_once)
    try:
        connection = session.connection()
    finally:
        _begins.reset(begins)
    if not waits and connection.dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = '1ms'"))


def afterwards(session: Session, call: Callable[..., None], *arguments: Hashable) -> None:
    """Call that once what is being written has been committed, and never if it is not; once with the same arguments,
    however often it is asked for. Belongs into ``writing``; ``call`` must not raise, for what it follows is done."""
    session.info.setdefault(_AFTERWARDS, {})[call, arguments] = None


@contextmanager
def reading(session: "Session | scoped_session[Session]") -> Iterator[Session]:
    """One view of the database, let go of at the end, so that no reader stands in the way of a writer."""
    session = _own(session)
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()


def _own(session: "Session | scoped_session[Session]") -> Session:
    """The session of this thread."""
    return session() if isinstance(session, scoped_session) else session


def server_time(session: "Session | scoped_session[Session]") -> datetime | None:
    """What time the database's server has, for processes on several hosts to agree on; None where it has none."""
    with reading(session) as opened:
        if opened.get_bind().dialect.name == "sqlite":
            return None
        return opened.scalar(select(func.clock_timestamp(type_=UTCDateTime)))


def prepare_engine(engine: Engine) -> None:
    """Make SQLite durable, concurrent and strict. PostgreSQL is so by itself, and may stand behind a pooler."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        # Not by the event "begin": where somebody listens to its connections, each statement takes half as many steps
        # more.
        _WRITERS[engine] = Lock()
        engine.dialect.do_begin = _begin  # pyright: ignore[reportAttributeAccessIssue]
    else:
        event.listen(engine, "do_connect", _stay_alive)
        event.listen(engine, "connect", _on_postgresql)
        engine.dialect.do_rollback = _roll_back  # pyright: ignore[reportAttributeAccessIssue]


def is_pooled(connection: Any) -> bool:
    """Whether a pooler, such as PgBouncer, stands between a driver's new connection and PostgreSQL: who answers has
    another number than who was dialled."""
    before, connection.autocommit = connection.autocommit, True
    try:
        return connection.execute("SELECT pg_backend_pid()").fetchone()[0] != connection.info.backend_pid
    finally:
        connection.autocommit = before


def _on_postgresql(connection: Any, _record: object) -> None:
    """A pooler may give each transaction another server, which has not prepared what the one before has."""
    if is_pooled(connection):
        connection.prepare_threshold = None


def _roll_back(connection: Any) -> None:
    """The driver need not hear of it: it would forget which statements it has prepared, and whoever has only read ends
    so. After a fault it is to forget: somebody may have changed the tables that they are about."""
    driver = connection.driver_connection
    if driver.info.transaction_status.name == "INTRANS":
        driver.pgconn.exec_(b"ROLLBACK")
    driver.rollback()  # does nothing where that was all


def _stay_alive(_dialect: Dialect, _record: object, _address: object, options: dict[str, Any]) -> None:
    """Unless the address says otherwise."""
    options |= {**STAYS_ALIVE, **options}


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # or the driver would begin transactions by its own, deferred, idea
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an answered post survives a power cut
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "cache_size=-8000",  # in KB: all pages that a turn of the engine changes
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    """What the driver's dialect leaves undone."""
    _begins.get()(connection.driver_connection)


def _read(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")


def _write(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _write_at_once(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA busy_timeout=0")
    try:
        _write(connection)
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


# How the transaction that this thread begins next is to begin on SQLite.
_begins: ContextVar[Callable[[sqlite3.Connection], None]] = ContextVar("begins", default=_read)
