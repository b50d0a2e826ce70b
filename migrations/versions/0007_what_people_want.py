"""What people want: quiet hours, what they have muted, digests, and copies only of what stays unread."""

import sqlalchemy as sa
from alembic import op

from webapp.database import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)


def _person(name: str, constraint: str, **more: bool) -> sa.Column[int]:
    key = sa.ForeignKey("user_account.id", name=constraint, ondelete="CASCADE")
    return sa.Column(name, sa.Integer, key, **more)


def upgrade() -> None:
    op.add_column("user_account", sa.Column("unread_after_s", sa.Integer))
    op.create_table(
        "quiet_hour",
        _person("user_id", "fk_quiet_hour_user_id", primary_key=True),
        sa.Column("hours", sa.String(20), primary_key=True),
    )
    op.create_table(
        "mute",
        sa.Column("id", sa.Integer, primary_key=True),
        _person("user_id", "fk_mute_user_id", nullable=False),
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channel.id", name="fk_mute_channel_id")),
        _person("sender_id", "fk_mute_sender_id", nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT),
        sa.CheckConstraint("(channel_id IS NULL) <> (sender_id IS NULL)", name="ck_mute_one_thing"),
    )
    op.create_index("ix_mute_user_id", "mute", ["user_id"])
    wanted, columns = sa.text("digest IS NOT NULL"), ["channel_id", "user_id"]
    op.create_index("ix_preference_digest", "preference", columns, sqlite_where=wanted, postgresql_where=wanted)
    op.add_column("envelope", sa.Column("members", sa.Integer))


def downgrade() -> None:
    op.drop_column("envelope", "members")
    op.drop_index("ix_preference_digest", "preference")
    op.drop_table("mute")
    op.drop_table("quiet_hour")
    op.drop_column("user_account", "unread_after_s")
