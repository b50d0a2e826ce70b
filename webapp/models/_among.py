"""Among: whether a column's value is one of many, which are one parameter, however many there are.

As a list each would be one by itself: the statement is another for each number of them, written anew and parsed anew
each time; and databases bound how many there may be.
"""

import json
from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import Boolean, ColumnElement, Dialect, Integer, Select, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


def among(column: ColumnElement[Any], values: Collection[str] | Collection[int]) -> ColumnElement[bool]:
    """``column IN values``, of texts or whole numbers. A column may be looked up by its index."""
    return _Among(column, bindparam(None, list(values), type_=_Many(), unique=True))


def among_given(column: ColumnElement[Any], name: str = "ids") -> ColumnElement[bool]:
    """The same of a list that is a parameter of this name, for a statement that is put together once."""
    return _Among(column, bindparam(name, type_=_Many()))


def among_found(column: ColumnElement[Any], found: Select[*tuple[Any, ...]]) -> ColumnElement[bool]:
    """The same of what a query finds. PostgreSQL looks up what is in an array; a list of a length that it does not know
    may make it read through all there is."""
    return _AmongFound(column, found.scalar_subquery())


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Self:
        """A condition as it stands: as a value that is compared with true, no index would serve it."""
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
    """A list as JSON: PostgreSQL's driver would look at each of its values to write an array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> str:
        return json.dumps(value)
