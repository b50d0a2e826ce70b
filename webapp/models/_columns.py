"""Column and index shapes that several tables share."""

from typing import Annotated, Any, cast

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

Ulid = Annotated[str, mapped_column(String(26))]
UlidKey = Annotated[str, mapped_column(String(26), primary_key=True)]
IntKey = Annotated[int, mapped_column(primary_key=True)]
# 64 bits: ledgers pass two thousand million rows long before any other table. SQLite's integers always have 64.
LedgerKey = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
UserRef = Annotated[int, mapped_column(ForeignKey("user_account.id"))]
ChannelRef = Annotated[int, mapped_column(ForeignKey("channel.id"))]


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that ``where`` selects; a statement uses it only if it repeats that condition with
    literals."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def table_of(model: type[DeclarativeBase]) -> Table:
    """The model's table, for statements over many rows at once: ORM objects cost several times as much."""
    return cast(Table, model.__table__)


def insert_or(session: Session) -> Any:
    """The dialect's own ``insert``, which knows ON CONFLICT on both databases."""
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
