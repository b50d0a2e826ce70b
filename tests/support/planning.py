"""The database's statistics about its own tables."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def rows_known(session: Session, table: str = "delivery") -> int:
    """The number of rows that the planner assumes for a table; -1 where it was never analyzed."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:t)"), {"t": table}))
    if session.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")) is None:
        return -1
    stat = text("SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = :t")
    found = session.scalar(stat, {"t": table})
    session.rollback()
    return -1 if found is None else int(found)
