"""How often in a row a provider has been paused: each pause is longer than the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("provider_health", sa.Column("pauses", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("provider_health", "pauses")
