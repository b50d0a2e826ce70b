"""How many rows a database reads for an answer: records the statements that the code executes, then explains each."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from webapp.extensions import db

_STEPS = 100  # steps of SQLite's virtual machine between two callbacks
_STEPS_PER_ROW = 12  # about so many steps per row that is read and skipped
_NOT_LOOKING = ("INSERT", "BEGIN", "SAVEPOINT", "RELEASE", "SET", "SELECT pg_")


@dataclass(frozen=True, slots=True)
class Looked:
    """One statement, its query plan, and roughly how many rows it read."""

    statement: str
    plan: str
    rows: int

    def __str__(self) -> str:
        return f"{self.rows} rows looked at:\n{self.plan}\n{' '.join(self.statement.split())[:1500]}"


def looked_at(session: Session, work: Callable[[Session], object], *, few: bool = False) -> list[Looked]:
    """The statements of ``work``, explained; its writes are rolled back. With ``few`` rows PostgreSQL would prefer to
    read all and sort them: it is told to plan as for many."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and not statement.lstrip("(").startswith(_NOT_LOOKING):
            asked.append((statement, parameters))

    session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work(session)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        session.rollback()
    return [_explained(session, statement, parameters, few=few) for statement, parameters in asked]


def analyze(session: Session) -> None:
    """Update the database's statistics."""
    session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _explained(session: Session, statement: str, parameters: Any, *, few: bool) -> Looked:
    connection = session.connection()
    try:
        if connection.dialect.name == "postgresql":
            return Looked(statement, *_by_postgresql(connection, statement, parameters, few=few))
        return Looked(statement, *_by_sqlite(connection, statement, parameters))
    finally:
        session.rollback()


# --- SQLite tells how, and how many steps its machine takes -------------------------------------------------------


def _by_sqlite(connection: Connection, statement: str, parameters: Any) -> tuple[str, int]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    plan = "\n".join(row[3] for row in rows)
    raw: Any = connection.connection.driver_connection
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += _STEPS

    raw.set_progress_handler(count, _STEPS)
    try:
        if not statement.startswith("DELETE"):  # run alone, it would violate foreign keys
            answer = connection.exec_driver_sql(statement, parameters)
            answer.all() if answer.returns_rows else None
    finally:
        raw.set_progress_handler(None, 0)
    return plan, steps // _STEPS_PER_ROW


# --- PostgreSQL counts rows itself --------------------------------------------------------------------------------


def _by_postgresql(connection: Connection, statement: str, parameters: Any, *, few: bool) -> tuple[str, int]:
    for way in ("seqscan", "sort", "hashjoin", "mergejoin", "bitmapscan") if few else ():  # plan as for many rows
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    how = "FORMAT JSON" if statement.startswith("DELETE") else "ANALYZE, TIMING OFF, FORMAT JSON"
    told = connection.exec_driver_sql(f"EXPLAIN ({how}) {statement}", parameters).scalar()
    [top] = json.loads(told) if isinstance(told, str) else cast(list[Any], told)
    nodes = list(_nodes(top["Plan"]))
    return "\n".join(_line(node, depth) for node, depth in nodes), int(sum(_rows(node) for node, _ in nodes))


def _nodes(node: dict[str, Any], depth: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    yield node, depth
    for below in node.get("Plans", ()):
        yield from _nodes(below, depth + 1)


def _rows(node: dict[str, Any]) -> float:
    """The rows read, not those returned: a scan includes what its filter drops."""
    if not node["Node Type"].endswith("Scan") or node["Node Type"] in ("Subquery Scan", "CTE Scan"):
        return 0
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node.get("Actual Rows", 0) + dropped) * node.get("Actual Loops", 0)


def _line(node: dict[str, Any], depth: int) -> str:
    names = (node.get("Relation Name"), node.get("Index Name"))
    what = " ".join([node["Node Type"], *(name for name in names if name)])
    return f"{'  ' * depth}{what} ({node.get('Actual Rows')} × {node.get('Actual Loops')})"
