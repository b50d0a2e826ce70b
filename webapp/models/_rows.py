"""Many rows by one statement with two parameters: how the engine writes each lot.

Handed to the driver row by row, each row costs as much again as the database needs for it; and SQLite's driver lets
another thread run after each, which beside busy senders is what a turn would mostly wait for. Values that all rows have
in common (most of an attempt) are passed once: finding them in every row would take longest.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    CursorResult,
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from webapp.database import as_text
from webapp.models._among import among_found

Row = Mapping[str, Any]
Wanted = Callable[[FromClause], Select[tuple[str]]]
_Made = Callable[[Table, FromClause, str], Any]
_Found = Select[*tuple[Any, ...]]
_Kinds = Mapping[str, TypeEngine[Any]]  # the columns' types by name
_Columns = Mapping[str, tuple[Any, ...]]  # by name, each with its values in the order of the rows


def insert_rows(session: Session, table: Table, rows: Sequence[Row], *, unless_there: bool = False) -> None:
    """Insert these rows, all with the same columns; with ``unless_there``, only those whose id does not exist yet."""
    if rows:
        _run(session, table, rows, _insertion_unless_there if unless_there else _insertion)


def update_rows(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Update the rows with these ids; all have the same columns."""
    if rows:
        _run(session, table, rows, _change)


def asked_of_rows(session: Session, table: Table, rows: Sequence[Row], wanted: Wanted) -> list[str]:
    """The ids found by the query that ``wanted`` builds over the given rows as a table. ``wanted`` is a function of a
    module: the query is cached by it."""
    return list(_run(session, table, rows, wanted).scalars()) if rows else []


def _run(session: Session, table: Table, rows: Sequence[Row], make: Wanted | _Made) -> CursorResult[Any]:
    connection, names = session.connection(), tuple(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"These rows have not all the same columns as the first: {', '.join(names)}.")
    columns = {name: tuple([row[name] for row in rows]) for name in names}
    own, dialect = _own(table, columns), connection.dialect.name
    return connection.execute(_statement(dialect, table, names, own, make), _parameters(dialect, columns, own))


def _own(table: Table, columns: _Columns) -> tuple[str, ...]:
    """The columns in which rows differ, at least one. JSON columns always count: in Python 1 equals True, in JSON
    not."""
    different = (
        name
        for name, values in columns.items()
        if isinstance(table.c[name].type, JSON) or values.count(values[0]) < len(values)
    )
    return tuple(different) or tuple(columns)[:1]


def _parameters(dialect: str, columns: _Columns, own: Sequence[str]) -> dict[str, str]:
    """The parameter ``rows``, with what each row has of its own, and ``common``, with what all share."""
    common = {name: values[0] for name, values in columns.items() if name not in own}
    rows = zip(*(columns[name] for name in own), strict=True)
    named = [dict(zip(own, row, strict=True)) for row in rows] if dialect == "postgresql" else list(rows)
    return {"rows": _written(named, dialect), "common": _written(common, dialect)}


def _written(values: object, dialect: str) -> str:
    return orjson.dumps(values, default=_MOMENTS[dialect], option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


@lru_cache(maxsize=256)
def _statement(dialect: str, table: Table, names: Sequence[str], own: Sequence[str], make: Any) -> Any:
    """Built once for each shape: compiling a dozen columns takes longer than writing a dozen rows."""
    given = _given(dialect, {name: table.c[name].type for name in names}, own)
    return make(table, given, dialect) if make in _WRITING else make(given)


def _insertion(table: Table, given: FromClause, dialect: str) -> Any:
    # The WHERE is for SQLite, which would take an ON right after the FROM for a join's.
    return _INSERT[dialect](table).from_select(list(given.c.keys()), select(*given.c).where(true()))


def _insertion_unless_there(table: Table, given: FromClause, dialect: str) -> Any:
    return _insertion(table, given, dialect).on_conflict_do_nothing(index_elements=["id"])


def _change(table: Table, given: FromClause, dialect: str) -> Any:
    values = {name: value for name, value in given.c.items() if name != "id"}
    change = update(table).where(table.c.id == given.c.id).values(values)
    # PostgreSQL does not know how many rows are given, and might scan the table; SQLite looks up each.
    return change.where(among_found(table.c.id, select(given.c.id))) if dialect == "postgresql" else change


def _given(dialect: str, kinds: _Kinds, own: Sequence[str]) -> FromClause:
    """The rows of the parameters, as a table with these columns."""
    shared = [name for name in kinds if name not in own]
    found = _FOUND[dialect](bindparam("rows", type_=Text), bindparam("common", type_=Text), kinds, own, shared)
    return found.cte("given")


def _on_sqlite(rows: Any, common: Any, kinds: _Kinds, own: Sequence[str], shared: Sequence[str]) -> _Found:
    """Each row is a list, not an object: names would be looked up in every row, for every column."""
    row = func.json_each(rows).table_valued("value").c.value
    places = {name: (row, f"'$[{place}]'") for place, name in enumerate(own)}
    places |= {name: (common, f"'$.{name}'") for name in shared}
    found = {name: func.json_extract(source, literal_column(path)) for name, (source, path) in places.items()}
    return select(*(type_coerce(found[name], kind).label(name) for name, kind in kinds.items()))


def _on_postgresql(rows: Any, common: Any, kinds: _Kinds, own: Sequence[str], shared: Sequence[str]) -> _Found:
    def table(read: Any, parameter: Any, names: Sequence[str], called: str) -> Any:
        columns = [column(name, kinds[name]) for name in names]
        return read(parameter.cast(JSON)).table_valued(*columns).render_derived(called, with_types=True)

    each = table(func.json_to_recordset, rows, own, "own")
    if not shared:
        return select(*(each.c[name] for name in kinds))
    once = table(func.json_to_record, common, shared, "shared")
    found = {**each.c, **once.c}
    return select(*(found[name] for name in kinds)).select_from(each.join(once, true()))


@lru_cache(maxsize=64)  # the rows of one post, or of one lot, have the same few moments
def _for_sqlite(value: object) -> str | None:
    return as_text(_moment(value))


@lru_cache(maxsize=64)
def _for_postgresql(value: object) -> str:
    return _moment(value).isoformat()


def _moment(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo:
        return value
    raise TypeError(f"This cannot be stored: {value!r}")


_WRITING = _insertion, _insertion_unless_there, _change
_FOUND: Mapping[str, Callable[..., _Found]] = {"postgresql": _on_postgresql, "sqlite": _on_sqlite}
_INSERT: Mapping[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_MOMENTS: Mapping[str, Callable[[object], str | None]] = {"postgresql": _for_postgresql, "sqlite": _for_sqlite}
