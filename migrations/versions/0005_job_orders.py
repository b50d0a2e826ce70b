"""An administrator orders a run of a job, and is named where it is paused; what is held longest is found at once."""

import sqlalchemy as sa
from alembic import op

import webapp.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("wanted_at", "paused_at"):
        op.add_column("job", sa.Column(column, webapp.database.UTCDateTime(timezone=True)))
    op.add_column("job", sa.Column("paused_by", sa.String(60)))
    held = sa.text("state = 'held'")
    op.create_index("ix_delivery_held_due", "delivery", ["due_at"], sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    op.drop_index("ix_delivery_held_due", "delivery")
    for column in ("paused_by", "paused_at", "wanted_at"):
        op.drop_column("job", column)
