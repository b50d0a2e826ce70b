"""Other systems: subscribers, tokens and allowances of the API, events that are posted, states that are told."""

import sqlalchemy as sa
from alembic import op

from webapp.database import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
_OF_SUBSCRIBER = "subscriber_id IS NOT NULL"
_CLAIMED = ("queued", "retrying")


def upgrade() -> None:
    _upgrade_subscriber()
    op.create_table(
        "subscriber_health",
        _subscriber("subscriber_health", primary_key=True),
        sa.Column("last_success_at", MOMENT),
        sa.Column("last_error", sa.Text),
        sa.Column("last_error_at", MOMENT),
        sa.Column("failing_since", MOMENT),
        sa.Column("streak", sa.Integer, nullable=False),
        sa.Column("checked_at", MOMENT),
        sa.Column("check_passed", sa.Boolean),
        sa.Column("check_steps", sa.JSON),
        sa.Column("waived", sa.String(500)),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("begins", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user_account.id", name="fk_api_token_user_id"), nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])
    op.create_table(
        "allowance",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
    )
    channel = sa.ForeignKey("channel.id", name="fk_event_mapping_channel_id")
    op.create_table(
        "event_mapping",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("channel_id", sa.Integer, channel, nullable=False),
        sa.Column("recipients", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "state_news",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        _subscriber("state_news", nullable=False),
        sa.Column("delivery_id", sa.String(26), nullable=False),
        sa.Column("message_id", sa.String(26), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("reason", sa.String(30)),
        sa.Column("at", MOMENT, nullable=False),
    )
    with op.batch_alter_table("message") as batch:
        batch.add_column(sa.Column("states_to", sa.Integer))
        batch.create_foreign_key("fk_message_states_to", "subscriber", ["states_to"], ["id"])
    op.add_column("user_account", sa.Column("service", sa.Boolean, nullable=False, server_default=sa.false()))
    _index("ix_delivery_subscriber", "subscriber_id", "id", where=_OF_SUBSCRIBER)
    for state in _CLAIMED:
        where = f"state = '{state}' AND {_OF_SUBSCRIBER}"
        _index(f"ix_delivery_{state}_subscriber", "due_at", "id", where=where)


def _index(name: str, *columns: str, where: str) -> None:
    """Over some of the deliveries."""
    op.create_index(name, "delivery", list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _subscriber(table: str, **more: bool) -> sa.Column[int]:
    key = sa.ForeignKey("subscriber.id", name=f"fk_{table}_subscriber_id", ondelete="CASCADE")
    return sa.Column("subscriber_id", sa.Integer, key, **more)


def _upgrade_subscriber() -> None:
    """Nothing could be written into it before: every column may be asked for."""
    with op.batch_alter_table("subscriber") as batch:
        batch.drop_column("url")
        batch.drop_column("auth")
        batch.add_column(sa.Column("name", sa.String(50), nullable=False))
        batch.add_column(sa.Column("settings", sa.JSON, nullable=False))
        batch.add_column(sa.Column("owner_id", sa.Integer))
        batch.add_column(sa.Column("off_why", sa.String(10)))
        batch.add_column(sa.Column("off_at", MOMENT))
        batch.add_column(sa.Column("off_by", sa.String(60)))
        batch.add_column(sa.Column("version", sa.Integer, nullable=False))
        batch.add_column(sa.Column("created_at", MOMENT, nullable=False))
        batch.add_column(sa.Column("changed_at", MOMENT, nullable=False))
        batch.add_column(sa.Column("removed_at", MOMENT))
        batch.create_unique_constraint("uq_subscriber_name", ["name"])
        batch.create_unique_constraint("uq_subscriber_owner_id", ["owner_id"])
        batch.create_foreign_key("fk_subscriber_owner_id", "user_account", ["owner_id"], ["id"])


def downgrade() -> None:
    for name in ("ix_delivery_subscriber", *(f"ix_delivery_{state}_subscriber" for state in _CLAIMED)):
        op.drop_index(name, "delivery")
    op.drop_column("user_account", "service")
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint("fk_message_states_to", type_="foreignkey")
        batch.drop_column("states_to")
    for table in ("state_news", "event_mapping", "allowance", "api_token", "subscriber_health"):
        op.drop_table(table)
    with op.batch_alter_table("subscriber") as batch:
        batch.drop_constraint("fk_subscriber_owner_id", type_="foreignkey")
        batch.drop_constraint("uq_subscriber_owner_id", type_="unique")
        batch.drop_constraint("uq_subscriber_name", type_="unique")
        added = ("name", "settings", "owner_id", "off_why", "off_at", "off_by")
        for column in (*added, "version", "created_at", "changed_at", "removed_at"):
            batch.drop_column(column)
        # Nobody sends to those that there are, as nobody did before: they need no address.
        batch.add_column(sa.Column("url", sa.String(2000), nullable=False, server_default=""))
        batch.add_column(sa.Column("auth", sa.String(20), nullable=False, server_default=""))
