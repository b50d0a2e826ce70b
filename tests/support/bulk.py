"""Bulk inserts: very many rows into a table, by each database's fastest way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Engine, Table
from sqlalchemy.orm import Session

from webapp.database import UTCDateTime

Row = dict[str, Any]


def writer(session: Session) -> Callable[[Table, list[Row]], None]:
    """A function that writes rows into a table, by the database's fastest way."""
    engine = session.get_bind()
    assert isinstance(engine, Engine)

    def write(table: Table, rows: list[Row]) -> None:
        if not rows:
            return
        columns = [column for column in table.columns if not (column.name == "id" and "id" not in rows[0])]
        names, tuples = [column.name for column in columns], _tuples(columns, rows)
        with _raw(engine) as cursor:
            if engine.dialect.name == "postgresql":
                with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
                    for one in tuples:
                        copy.write_row(one)
            else:
                marks = ", ".join("?" * len(names))
                into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
                cursor.executemany(into, tuples)

    return write


def _tuples(columns: Sequence[Column[Any]], rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples of text or numbers that either database accepts."""
    blank = {column.name: _default(column) for column in columns}
    moments = [column.name for column in columns if isinstance(column.type, UTCDateTime)]
    values = itemgetter(*blank)
    for row in rows:
        whole = blank | row
        for name in moments:
            if whole[name] is not None:
                whole[name] = _moment(whole[name])
        yield values(whole)


@lru_cache(10_000)
def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


@contextmanager
def _raw(engine: Engine) -> Iterator[Any]:
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        yield cursor
        if engine.dialect.name == "sqlite":
            cursor.execute("COMMIT")
        raw.commit()
    finally:
        raw.close()


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None
