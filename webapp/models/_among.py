"""Among: whether a column's value is one of many, passed as one parameter however many there are.

An ordinary IN list has a parameter for each value: the statement differs with their number and is compiled and parsed
anew each time, and databases limit the number of parameters.
"""

import json
from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import Boolean, ColumnElement, Dialect, Integer, Select, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


def among(column: ColumnElement[Any], values: Collection[str] | Collection[int]) -> ColumnElement[bool]:
    """``column IN values``, for texts or whole numbers. An index on the column can serve it."""
    return _Among(column, bindparam(None, list(values), type_=_Many(), unique=True))


def among_given(column: ColumnElement[Any], name: str = "ids") -> ColumnElement[bool]:
    """The same with a list that is a parameter of this name, for a statement that is built once."""
    return _Among(column, bindparam(name, type_=_Many()))


def among_found(column: ColumnElement[Any], found: Select[*tuple[Any, ...]]) -> ColumnElement[bool]:
    """The same with the results of a query. PostgreSQL uses an index for the members of an array; for a list of unknown
    length it may scan the whole table."""
    return _AmongFound(column, found.scalar_subquery())


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Self:
        """Keep the condition bare: wrapped and compared with true, it could not use an index."""
        return self


class _AmongFound(_Among):
    inherit_cache = True


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 — both as SQLAlchemy writes them


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    kind = "BIGINT" if isinstance(element.clauses.clauses[0].type, Integer) else "VARCHAR"
    found = f"SELECT CAST(value AS {kind}) FROM json_array_elements_text(CAST({values} AS JSON))"  # noqa: S608 — as above
    return f"{column} = ANY (ARRAY({found}))"


@compiles(_AmongFound, "sqlite")
def _found_on_sqlite(element: _AmongFound, compiler: Any, **how: Any) -> str:
    column, query = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN {query}"


@compiles(_AmongFound, "postgresql")
def _found_on_postgresql(element: _AmongFound, compiler: Any, **how: Any) -> str:
    column, query = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY (ARRAY{query})"


class _Many(TypeDecorator[list[Any]]):
    """A list as JSON: to write an array, PostgreSQL's driver would look at each of its values."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> str:
        return json.dumps(value)
