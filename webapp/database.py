"""The database as every part uses it: times in UTC, transactions for reading and writing, and the settings of each
engine."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging import Logger
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, DateTime, Dialect, Engine, ExceptionContext, event, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.types import TypeDecorator

_AFTERWARDS = "belfry_afterwards"
# Raised while the database is away, or busy for longer than the timeout. Nothing has been saved then, unless the commit
# raised: it may have succeeded, and only its confirmation have been lost.
STORAGE_TROUBLE: tuple[type[Exception], ...] = (OperationalError, TimeoutError)
DATABASE_FAULTS: tuple[type[Exception], ...] = (SQLAlchemyError,)  # any other database error
_WRITERS = WeakKeyDictionary[Engine | Connection, Lock]()  # SQLite's writers of this process, by engine
# How long a SQLite writer waits for others of its process, and then as long again for other processes.
BUSY_TIMEOUT_MS = 5000
# A server that vanished is noticed within half a minute, also while it owes an answer or is being connected to; and no
# firewall on the way drops a connection that has been idle for long.
STAYS_ALIVE: Mapping[str, Any] = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
# A process that is frozen, or gone with its host, in a transaction holds its locks against all others for so long.
_IDLE_IN_TRANSACTION = "60s"
# PostgreSQL refuses to write (a demoted server, a full managed disk), or has ended an idle transaction; the driver
# calls these internal errors.
_AWAY = {"25006", "25P03", "25P04"}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC on both databases; by itself, SQLite would return naive ones."""

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
        """On SQLite, write the text directly as SQLAlchemy would: the engine stores a dozen times per delivery."""
        return as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """On SQLite, read that text directly."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"A time without a zone cannot be stored: {value!r}")
    return value.astimezone(UTC)


def as_text(value: datetime | None) -> str | None:
    """A time in the form in which SQLite stores it."""
    known = _in_utc(value)
    return known.isoformat(" ", "microseconds").removesuffix("+00:00") if known else None


def _from_text(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if stored else None


def fault_of(error: Exception) -> str:
    """A database error in one line, without the statement and its values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return said.partition("\n")[0].strip().rstrip(".:")


def tell_fault(log: Logger, words: str, error: Exception) -> None:
    """Log a database that is away or busy in one line, since that may happen each second; any other error, which is our
    fault, with its traceback."""
    away = isinstance(error, STORAGE_TROUBLE)
    log.error("%s: %s", words, fault_of(error), exc_info=None if away else error)


def writing(session: "Session | scoped_session[Session]") -> AbstractContextManager[Session]:
    """One short write transaction: committed at the end, rolled back on any error.

    Whatever the session has read before is forgotten first, so that what is written rests on the present state. On
    SQLite it takes the write lock at once: a transaction that reads first and then writes fails if another has written
    in between. Never hold it during network calls, rendering or password hashing: every other writer waits for its end.
    """
    return _writing(session, waits=True)


def writing_at_once(session: "Session | scoped_session[Session]") -> AbstractContextManager[Session]:
    """The same for what may be left undone: where another transaction is writing, it raises one of STORAGE_TROUBLE
    instead of waiting."""
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
    """On SQLite, queue the writers of this process on a lock, so that each goes on as soon as the one before has ended.
    SQLite itself waits by sleeping ever longer and looking again, and may find that somebody else was quicker; that is
    left for writers of other processes."""
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
    """Call ``call`` once the current transaction has been committed, and never if it is not; only once for the same
    arguments, however often it is asked for. To be used inside ``writing``. ``call`` must not raise: the commit is
    done."""
    session.info.setdefault(_AFTERWARDS, {})[call, arguments] = None


@contextmanager
def reading(session: "Session | scoped_session[Session]") -> Iterator[Session]:
    """One consistent view of the database. It is released at the end, so that no reader blocks a writer."""
    session = _own(session)
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()


def _own(session: "Session | scoped_session[Session]") -> Session:
    """This thread's session."""
    return session() if isinstance(session, scoped_session) else session


def server_time(session: "Session | scoped_session[Session]") -> datetime | None:
    """The time by the database server's clock, on which processes on several hosts can agree; None for SQLite."""
    with reading(session) as opened:
        if opened.get_bind().dialect.name == "sqlite":
            return None
        return opened.scalar(select(func.clock_timestamp(type_=UTCDateTime)))


def prepare_engine(engine: Engine) -> None:
    """Make SQLite durable, concurrent and strict; PostgreSQL is so by itself. Prepare for a pooler in front of
    PostgreSQL."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        # Not by the event "begin": with a listener on its connections, each statement takes half as many steps again.
        _WRITERS[engine] = Lock()
        engine.dialect.do_begin = _begin  # pyright: ignore[reportAttributeAccessIssue]
    else:
        event.listen(engine, "do_connect", _stay_alive)
        event.listen(engine, "connect", _on_postgresql)
        event.listen(engine, "handle_error", _as_trouble, retval=True)
        engine.dialect.do_rollback = _roll_back  # pyright: ignore[reportAttributeAccessIssue]


def is_pooled(connection: Any) -> bool:
    """Whether a pooler, such as PgBouncer, stands between a driver's new connection and PostgreSQL: then the backend
    that answers has another process id than the one announced at connecting."""
    before, connection.autocommit = connection.autocommit, True
    try:
        return connection.execute("SELECT pg_backend_pid()").fetchone()[0] != connection.info.backend_pid
    finally:
        connection.autocommit = before


def _on_postgresql(connection: Any, _record: object) -> None:
    """Behind a pooler, use no prepared statements: the next transaction may run on a backend that does not have
    them. Without one, bound how long a transaction may be idle, unless the address or the role does."""
    if is_pooled(connection):
        connection.prepare_threshold = None
        return
    before, connection.autocommit = connection.autocommit, True
    name = "idle_in_transaction_session_timeout"
    bound = "SELECT set_config(%s, %s, false) WHERE current_setting(%s) = '0'"
    connection.execute(bound, (name, _IDLE_IN_TRANSACTION, name))
    connection.autocommit = before


def _as_trouble(context: ExceptionContext) -> Exception | None:
    """Treat these errors as a database that is away: the pool drops its connections, and the next one may lead to
    another server."""
    fault = context.original_exception
    if getattr(fault, "sqlstate", None) not in _AWAY:
        return None
    context.is_disconnect = True
    return OperationalError(context.statement or "", context.parameters, fault)


def _roll_back(connection: Any) -> None:
    """Roll back unnoticed by the driver: it would forget its prepared statements at the end of each transaction that
    only reads. After an error it does notice, and is to forget them: their tables may have been changed."""
    driver = connection.driver_connection
    if driver.info.transaction_status.name == "INTRANS":
        driver.pgconn.exec_(b"ROLLBACK")
    driver.rollback()  # does nothing if the transaction has ended by then


def _stay_alive(_dialect: Dialect, _record: object, _address: object, options: dict[str, Any]) -> None:
    """Set the timeouts of the connection, unless the database's address sets them."""
    options |= {**STAYS_ALIVE, **options}


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # or the driver would begin transactions itself, deferred
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an answered post survives a power cut
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "cache_size=-8000",  # 8000 KiB: room for all pages that a turn of the engine changes
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    """Begin a transaction, which the driver is told not to do."""
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


# How the next transaction of this thread is to begin, on SQLite.
_begins: ContextVar[Callable[[sqlite3.Connection], None]] = ContextVar("begins", default=_read)
