"""All rows of a statement at once: on SQLite as one value.

SQLite's driver releases the interpreter before each row: beside busy senders, reading a lot's rows one by one takes
several times as long as finding them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Float, Select, case, func, select
from sqlalchemy.orm import Session, scoped_session

_Rows = list[tuple[Any, ...]]
_Read = Callable[[Any], Any]


def rows_of(
    session: "Session | scoped_session[Session]", statement: Select[*tuple[Any, ...]], given: Mapping[str, Any]
) -> _Rows:
    """The rows that the statement gives, each as a tuple. The statement's compiled form is cached: pass a module
    constant, or one that is made once."""
    dialect = session.get_bind().dialect
    if dialect.name != "sqlite":
        return [tuple(row) for row in session.execute(statement, given).all()]
    packed, read = _packed(statement, dialect)
    rows = orjson.loads(session.execute(packed, given).scalar_one())
    return list(zip(*_columns(rows, read), strict=True))


def _columns(rows: Sequence[Sequence[Any]], read: Sequence[_Read | None]) -> list[Sequence[Any]]:
    by_column = zip(*rows, strict=True)
    return [
        values if how is None else list(map(how, values)) for values, how in zip(by_column, read, strict=bool(rows))
    ]


@lru_cache(maxsize=128)
def _packed(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> tuple[Select[str], list[_Read | None]]:
    """A statement that gives all rows as one JSON value, and how to read each column's values from it."""
    inner = statement.subquery()
    values = [_exact(one) if isinstance(one.type, Float) else one for one in inner.c]
    return select(func.json_group_array(func.json_array(*values))), [_reader(one.type, dialect) for one in inner.c]


def _exact(fraction: ColumnElement[Any]) -> ColumnElement[Any]:
    """A fraction as text: as a JSON number it would lose its last digits."""
    return case((fraction.is_not(None), func.printf("%!.17g", fraction)))


def _reader(kind: Any, dialect: Dialect) -> _Read | None:
    if isinstance(kind, Float):
        return lambda value: None if value is None else float(value)
    return kind.dialect_impl(dialect).result_processor(dialect, None)
