"""What failed of a subscriber, and what is unknown, have lines of their own; a person's deliveries go by their copies."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PERSONS = "user_id IS NOT NULL"
_FAILED = "state IN ('undeliverable', 'unknown')"


def upgrade() -> None:
    for name in ("person", "failed"):
        op.drop_index(f"ix_delivery_{name}", "delivery")
    _index("failed", "ended_at", "id", "state", where=_FAILED)
    theirs = f"{_FAILED} AND subscriber_id IS NOT NULL"
    _index("failed_subscriber", "subscriber_id", "ended_at", "id", "state", where=theirs)
    _index("unknown", "ended_at", "id", where="state = 'unknown'")


def downgrade() -> None:
    for name in ("unknown", "failed_subscriber", "failed"):
        op.drop_index(f"ix_delivery_{name}", "delivery")
    _index("failed", "ended_at", "id", where=_FAILED)
    _index("person", "user_id", "id", where=_PERSONS)


def _index(name: str, *columns: str, where: str) -> None:
    """Over some of the deliveries."""
    some = sa.text(where)
    op.create_index(f"ix_delivery_{name}", "delivery", list(columns), sqlite_where=some, postgresql_where=some)
