"""Providers with fallbacks, rests and hours; what far sides say later; codes that prove who holds a phone."""

import sqlalchemy as sa
from alembic import op

from webapp.database import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
ADDED = {
    "provider": [("role_at", MOMENT), ("role_by", sa.String(60)), ("role_why", sa.String(500))],
    "provider_health": [("rests_until", MOMENT), ("paced_until", MOMENT)],
    "envelope": [
        ("far_state", sa.String(15)),
        ("far_reason", sa.String(30)),
        ("far_status", sa.String(30)),
        ("far_code", sa.String(20)),
        ("far_words", sa.String(500)),
        ("far_at", MOMENT),
    ],
    "user_account": [("second_factor_at", MOMENT)],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    op.create_table(
        "provider_hour",
        sa.Column("provider_id", sa.Integer, sa.ForeignKey("provider.id", name="fk_provider_hour_provider_id"), primary_key=True),
        sa.Column("hour", MOMENT, primary_key=True),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
    )
    tests = sa.text("trigger = 'test'")
    op.create_index("ix_attempt_test", "attempt", ["provider_id", "id"], sqlite_where=tests, postgresql_where=tests)
    user = {"ondelete": "CASCADE"}
    op.create_table(
        "verification",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user_account.id", **user), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("provider_id", sa.Integer, sa.ForeignKey("provider.id")),
        sa.Column("far_id", sa.String(64)),
        sa.Column("code_hash", sa.String(200)),
        sa.Column("token_hash", sa.String(64), unique=True),
        sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("ix_verification_user_id", "verification", ["user_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user_account.id", **user), nullable=False),
        sa.Column("code_hash", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_attempt_test", "attempt")
    for table in ("recovery_code", "verification", "provider_hour"):
        op.drop_table(table)
    for table, columns in ADDED.items():
        for name, _ in columns:
            op.drop_column(table, name)
