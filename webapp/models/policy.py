"""Retry policies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.retry_policy import RetryPolicy
from webapp.extensions import db
from webapp.models._columns import IntKey, table_of


class Policy(db.Model):
    """A retry policy by name; ``numbers`` are what its kind reads."""

    __tablename__ = "policy"

    id: Mapped[IntKey]
    name: Mapped[str] = mapped_column(String(50), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    numbers: Mapped[dict[str, Any]]
    max_attempts: Mapped[int]
    ttl_s: Mapped[float | None]
    rules: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)

    def as_word(self) -> RetryPolicy:
        """The policy as the engine uses it."""
        return RetryPolicy.restored(**{name: getattr(self, name) for name in _OF_A_WORD})


_OF_A_WORD = ("name", "kind", "numbers", "max_attempts", "ttl_s", "rules", "version")


def columns() -> list[ColumnElement[Any]]:
    """A policy's columns, labelled, for a statement that joins it and runs too often for ORM objects."""
    return [table_of(Policy).c[name].label(f"policy_{name}") for name in _OF_A_WORD]


def word_in(row: Row[*tuple[Any, ...]]) -> RetryPolicy:
    """The policy in a row that has these ``columns``."""
    return RetryPolicy.restored(**{name: getattr(row, f"policy_{name}") for name in _OF_A_WORD})


def listed(session: Session) -> Sequence[Policy]:
    """Every policy in the order of the names."""
    return session.scalars(select(Policy).order_by(Policy.name)).all()


def named(session: Session, name: str) -> Policy | None:
    """The policy of that name. A name with characters that no database can store is nobody's."""
    return session.scalar(select(Policy).where(Policy.name == name)) if name.isprintable() else None


def add(session: Session, word: RetryPolicy) -> Policy:
    """A new policy. Raises IntegrityError where its name is taken."""
    policy = Policy(name=word.name, **_columns(word))
    session.add(policy)
    session.flush()
    return policy


def change(session: Session, word: RetryPolicy, *, version: int) -> Policy | None:
    """Change the policy of that name to ``word``, and count its version up; None where the version is no longer the one
    given. What has failed already keeps the due time that it was given."""
    seen = select(Policy).where(Policy.name == word.name, Policy.version == version).with_for_update()
    policy = session.scalar(seen)
    if policy is None:
        return None
    for column, value in _columns(word).items():
        setattr(policy, column, value)
    policy.version += 1
    session.flush()
    return policy


def remove(session: Session, policy: Policy) -> None:
    """Delete it. Raises IntegrityError where a channel or a subscriber uses it."""
    session.delete(policy)
    session.flush()


def _columns(word: RetryPolicy) -> dict[str, Any]:
    return {
        "kind": word.kind,
        "numbers": word.numbers(),
        "max_attempts": word.max_attempts,
        "ttl_s": word.ttl_s,
        "rules": word.stored_rules(),
    }
