"""Retry policies."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.retry_policy import RetryPolicy
from webapp.extensions import db
from webapp.models._columns import IntKey


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
        return RetryPolicy.restored(
            name=self.name,
            kind=self.kind,
            numbers=self.numbers,
            max_attempts=self.max_attempts,
            ttl_s=self.ttl_s,
            rules=self.rules,
            version=self.version,
        )
