"""Many rows by one statement and one parameter: what the engine writes of each lot.

Handed to the driver row by row, each costs as much again as the database needs for it; and SQLite's lets another thread
run after each: beside busy senders that is what a turn would mostly wait for.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

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

from webapp.database import as_text

Row = Mapping[str, Any]
Wanted = Callable[[FromClause], Select[tuple[str]]]
_Made = Callable[[Table, FromClause, str], Any]


def insert_rows(session: Session, table: Table, rows: Sequence[Row], *, unless_there: bool = False) -> None:
    """Insert them, all with the same columns; with ``unless_there``, those whose id is not there yet."""
    if rows:
        _run(session, table, rows, _insertion_unless_there if unless_there else _insertion)


def update_rows(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write these columns, all the same, into the rows of these ids."""
    if rows:
        _run(session, table, rows, _change)


def asked_of_rows(session: Session, table: Table, rows: Sequence[Row], wanted: Wanted) -> list[str]:
    """What the statement gives that ``wanted``, a function of a module, makes of the rows as a table."""
    return list(_run(session, table, rows, wanted).scalars()) if rows else []


def _run(session: Session, table: Table, rows: Sequence[Row], make: Wanted | _Made) -> CursorResult[Any]:
    connection, names = session.connection(), rows[0].keys()
    if any(row.keys() != names for row in rows):
        raise ValueError(f"These rows have not all the same columns as the first: {', '.join(names)}.")
    dialect = connection.dialect.name
    statement = _statement(dialect, table, tuple(names), make)
    return connection.execute(statement, {"rows": _ENCODERS[dialect].encode(rows)})


@lru_cache(maxsize=256)
def _statement(dialect: str, table: Table, names: tuple[str, ...], make: Any) -> Any:
    """Each is put together once: a dozen columns take longer than a dozen rows."""
    given = _given(dialect, table, names)
    return make(table, given, dialect) if make in _WRITING else make(given)


def _insertion(table: Table, given: FromClause, dialect: str) -> Any:
    # SQLite takes an ON that follows a FROM for a join's.
    return _INSERT[dialect](table).from_select(list(given.c.keys()), select(*given.c).where(true()))


def _insertion_unless_there(table: Table, given: FromClause, dialect: str) -> Any:
    return _insertion(table, given, dialect).on_conflict_do_nothing(index_elements=["id"])


def _change(table: Table, given: FromClause, _dialect: str) -> Any:
    values = {name: value for name, value in given.c.items() if name != "id"}
    return update(table).where(table.c.id == given.c.id).values(values)


def _given(dialect: str, table: Table, names: Sequence[str]) -> FromClause:
    """The rows in the parameter, as a table."""
    kinds, rows = {name: table.c[name].type for name in names}, bindparam("rows", type_=Text)
    if dialect == "postgresql":
        columns = [column(name, kind) for name, kind in kinds.items()]
        return func.json_to_recordset(rows.cast(JSON)).table_valued(*columns).render_derived("given", with_types=True)
    each = func.json_each(rows).table_valued("value")
    found = {name: func.json_extract(each.c.value, literal_column(f"'$.{name}'")) for name in names}
    return select(*(type_coerce(one, kinds[name]).label(name) for name, one in found.items())).subquery("given")


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
_INSERT: Mapping[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
# As texts are, not as escapes: half of a character is refused by whatever encodes it, and is in no table.
_encoder = partial(json.JSONEncoder, check_circular=False, ensure_ascii=False)
_ENCODERS: Mapping[str, json.JSONEncoder] = {
    "postgresql": _encoder(default=_for_postgresql),
    "sqlite": _encoder(default=_for_sqlite),
}
