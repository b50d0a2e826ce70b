"""What is sent again gets a new envelope; the delivery says which one that takes the place of."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("replaces", sa.String(26)))


def downgrade() -> None:
    op.drop_column("delivery", "replaces")
