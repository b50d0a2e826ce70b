"""What waits stands in one line for each medium, and in one for each subscriber; each list goes by its own index."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ITS, _PERSONS = "subscriber_id IS NOT NULL", "subscriber_id IS NULL"
_CLAIMED = ("queued", "retrying")
_REFERS = ("envelope_id", "notification_id")


def upgrade() -> None:
    for name in ("held", "held_due", *_CLAIMED, *(f"{state}_subscriber" for state in _CLAIMED)):
        op.drop_index(f"ix_delivery_{name}", "delivery")
    for state in _CLAIMED:
        _index(state, "medium", "due_at", "id", where=f"state = '{state}' AND {_PERSONS}")
        _index(f"{state}_subscriber", "subscriber_id", "due_at", "id", where=f"state = '{state}' AND {_ITS}")
    _index("crashed", "state", "due_at", "id", where="crashes > 0")
    _index("held", "medium", "reason", "crashes", "due_at", "id", where=f"state = 'held' AND {_PERSONS}")
    _index("held_due", "due_at", where=f"state = 'held' AND {_PERSONS}")
    _index("held_subscriber", "subscriber_id", "id", where=f"state = 'held' AND {_ITS}")
    _index("person", "user_id", "id", where="user_id IS NOT NULL")
    _index("state", "state", "id", where="state NOT IN ('sending', 'sent', 'undeliverable', 'unknown')")
    for column in _REFERS:
        op.drop_index(f"ix_delivery_{column}", "delivery")
        _index(column, column, where=f"{column} IS NOT NULL")


def downgrade() -> None:
    for column in _REFERS:
        op.drop_index(f"ix_delivery_{column}", "delivery")
        op.create_index(f"ix_delivery_{column}", "delivery", [column])
    for name in ("state", "person"):
        op.drop_index(f"ix_delivery_{name}", "delivery")
    for name in ("held_subscriber", "held_due", "held", "crashed"):
        op.drop_index(f"ix_delivery_{name}", "delivery")
    for state in _CLAIMED:
        op.drop_index(f"ix_delivery_{state}_subscriber", "delivery")
        op.drop_index(f"ix_delivery_{state}", "delivery")
        _index(state, "due_at", "id", where=f"state = '{state}'")
        _index(f"{state}_subscriber", "due_at", "id", where=f"state = '{state}' AND {_ITS}")
    _index("held", "medium", "reason", where="state = 'held'")
    _index("held_due", "due_at", where="state = 'held'")


def _index(name: str, *columns: str, where: str) -> None:
    """Over some of the deliveries."""
    some = sa.text(where)
    op.create_index(f"ix_delivery_{name}", "delivery", list(columns), sqlite_where=some, postgresql_where=some)
