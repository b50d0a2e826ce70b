"""The first schema"""

import sqlalchemy as sa
from alembic import op

import webapp.database

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('who', sa.String(length=60), nullable=False),
    sa.Column('what', sa.String(length=60), nullable=False),
    sa.Column('target', sa.String(length=100), nullable=False),
    sa.Column('before', sa.JSON(), nullable=True),
    sa.Column('after', sa.JSON(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('ip', sa.String(length=45), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index('ix_audit_event_target', ['target'], unique=False)

    op.create_table('body',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_body')),
    sa.UniqueConstraint('hash', name=op.f('uq_body_hash'))
    )
    op.create_table('heartbeat',
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.Column('host', sa.String(length=255), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('jobs', sa.String(length=200), nullable=False),
    sa.Column('since', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('process', name=op.f('pk_heartbeat'))
    )
    op.create_table('job',
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('every_s', sa.Double(), nullable=True),
    sa.Column('batch', sa.Integer(), nullable=True),
    sa.Column('paused_reason', sa.String(length=200), nullable=True),
    sa.Column('paused_until', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job'))
    )
    op.create_table('job_lease',
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('holder', sa.String(length=100), nullable=False),
    sa.Column('until', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job_lease'))
    )
    op.create_table('job_run',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('job', sa.String(length=30), nullable=False),
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.Column('trigger', sa.String(length=20), nullable=False),
    sa.Column('started_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('passes', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_run'))
    )
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.create_index('ix_job_run_job_id', ['job', 'id'], unique=False)

    op.create_table('minute_count',
    sa.Column('minute', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=15), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('minute', 'provider_id', 'channel_id', 'state', name=op.f('pk_minute_count'))
    )
    op.create_table('move',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delivery_id', sa.String(length=26), nullable=False),
    sa.Column('was', sa.String(length=15), nullable=True),
    sa.Column('became', sa.String(length=15), nullable=False),
    sa.Column('reason', sa.String(length=30), nullable=True),
    sa.Column('at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=60), nullable=False),
    sa.Column('envelope_id', sa.String(length=26), nullable=True),
    sa.Column('lease_token', sa.String(length=26), nullable=True),
    sa.Column('lease_until', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_move'))
    )
    with op.batch_alter_table('move', schema=None) as batch_op:
        batch_op.create_index('ix_move_delivery_id_id', ['delivery_id', 'id'], unique=False)

    op.create_table('policy',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('max_attempts', sa.Integer(), nullable=False),
    sa.Column('ttl_s', sa.Double(), nullable=True),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy')),
    sa.UniqueConstraint('name', name=op.f('uq_policy_name'))
    )
    op.create_table('provider',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('medium', sa.String(length=10), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('secrets', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('removed_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('changed_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('inactive', 'primary', 'fallback')", name=op.f('ck_provider_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider')),
    sa.UniqueConstraint('name', name=op.f('uq_provider_name'))
    )
    with op.batch_alter_table('provider', schema=None) as batch_op:
        batch_op.create_index('uq_provider_primary', ['medium'], unique=True, sqlite_where=sa.text("role = 'primary'"), postgresql_where=sa.text("role = 'primary'"))

    op.create_table('throttle',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_throttle'))
    )
    with op.batch_alter_table('throttle', schema=None) as batch_op:
        batch_op.create_index('ix_throttle_key_at', ['key', 'at'], unique=False)

    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=50), nullable=False),
    sa.Column('display_name', sa.String(length=100), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('phone_verified_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('tz', sa.String(length=64), nullable=False),
    sa.Column('locale', sa.String(length=16), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('created_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('username', name=op.f('uq_user_account_username'))
    )
    op.create_table('channel',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('description', sa.String(length=500), nullable=False),
    sa.Column('immediate', sa.Boolean(), nullable=False),
    sa.Column('every_s', sa.Integer(), nullable=False),
    sa.Column('formatter', sa.String(length=50), nullable=True),
    sa.Column('policy_id', sa.Integer(), nullable=False),
    sa.Column('ttl_s', sa.Double(), nullable=True),
    sa.Column('keep_months', sa.Integer(), nullable=True),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('at_most_once', sa.Boolean(), nullable=False),
    sa.Column('posters', sa.JSON(), nullable=True),
    sa.Column('filter_keys', sa.JSON(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("name LIKE '%_._%'", name=op.f('ck_channel_dotted')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_channel_policy_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel')),
    sa.UniqueConstraint('name', name=op.f('uq_channel_name'))
    )
    op.create_table('provider_health',
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('last_success_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('last_error_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('streak', sa.Integer(), nullable=False),
    sa.Column('paused_reason', sa.String(length=30), nullable=True),
    sa.Column('paused_until', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('proven_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_health_provider_id')),
    sa.PrimaryKeyConstraint('provider_id', name=op.f('pk_provider_health'))
    )
    op.create_table('subscriber',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('auth', sa.String(length=20), nullable=False),
    sa.Column('secrets', sa.Text(), nullable=False),
    sa.Column('policy_id', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_subscriber_policy_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber'))
    )
    op.create_table('user_session',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_session_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_user_session'))
    )
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.create_index('ix_user_session_user_id', ['user_id'], unique=False)

    op.create_table('user_word',
    sa.Column('word', sa.String(length=254).with_variant(sa.String(length=254, collation='C'), 'postgresql'), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_word_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('word', 'user_id', name=op.f('pk_user_word'))
    )
    op.create_table('channel_medium',
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('medium', sa.String(length=10), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_channel_medium_channel_id')),
    sa.PrimaryKeyConstraint('channel_id', 'medium', name=op.f('pk_channel_medium'))
    )
    op.create_table('envelope',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('subscriber_id', sa.Integer(), nullable=True),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('medium', sa.String(length=10), nullable=False),
    sa.Column('address', sa.String(length=2000), nullable=False),
    sa.Column('message_id_header', sa.String(length=300), nullable=True),
    sa.Column('body_id', sa.Integer(), nullable=False),
    sa.Column('variables', sa.JSON(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('replaces', sa.String(length=26), nullable=True),
    sa.Column('created_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['body_id'], ['body.id'], name=op.f('fk_envelope_body_id')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_envelope_channel_id')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_envelope_subscriber_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_envelope_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_envelope'))
    )
    with op.batch_alter_table('envelope', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_envelope_body_id'), ['body_id'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('type', sa.String(length=50), nullable=False),
    sa.Column('category', sa.String(length=50), nullable=True),
    sa.Column('sender_id', sa.Integer(), nullable=True),
    sa.Column('system_sender', sa.String(length=50), nullable=True),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('link', sa.String(length=2000), nullable=True),
    sa.Column('attributes', sa.JSON(), nullable=False),
    sa.Column('created_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('visible_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('counted', sa.JSON(), nullable=False),
    sa.Column('withdrawn_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(sender_id IS NULL) <> (system_sender IS NULL)', name=op.f('ck_message_one_sender')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_message_channel_id')),
    sa.ForeignKeyConstraint(['sender_id'], ['user_account.id'], name=op.f('fk_message_sender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_sender_id_id', ['sender_id', 'id'], unique=False)

    op.create_table('preference',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('medium', sa.String(length=10), nullable=False),
    sa.Column('wanted', sa.Boolean(), nullable=False),
    sa.Column('digest', sa.String(length=30), nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_preference_channel_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_preference_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'channel_id', 'medium', name=op.f('pk_preference'))
    )
    op.create_table('subscriber_filter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('filters', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_subscriber_filter_channel_id')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_subscriber_filter_subscriber_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber_filter'))
    )
    with op.batch_alter_table('subscriber_filter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriber_filter_channel_id'), ['channel_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_subscriber_filter_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('envelope_id', sa.String(length=26), nullable=True),
    sa.Column('delivery_id', sa.String(length=26), nullable=True),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('provider_version', sa.Integer(), nullable=True),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('started_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ms', sa.Integer(), nullable=False),
    sa.Column('phase', sa.String(length=30), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=30), nullable=True),
    sa.Column('certainty', sa.String(length=20), nullable=True),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.Column('reply', sa.Text(), nullable=False),
    sa.Column('phases', sa.JSON(), nullable=True),
    sa.Column('trigger', sa.String(length=20), nullable=False),
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['envelope_id'], ['envelope.id'], name=op.f('fk_attempt_envelope_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_attempt_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_envelope_id_id', ['envelope_id', 'id'], unique=False)

    op.create_table('posting_key',
    sa.Column('poster', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('message_id', sa.String(length=26), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_posting_key_message_id')),
    sa.PrimaryKeyConstraint('poster', 'key', name=op.f('pk_posting_key'))
    )
    with op.batch_alter_table('posting_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_posting_key_message_id'), ['message_id'], unique=False)

    op.create_table('user_notification',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('message_id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('visible_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('read_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('done_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('starred', sa.Boolean(), nullable=False),
    sa.Column('snoozed_until', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('why', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_user_notification_channel_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_user_notification_message_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_notification_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_notification')),
    sa.UniqueConstraint('message_id', 'user_id', name=op.f('uq_user_notification_message_id_user_id'))
    )
    with op.batch_alter_table('user_notification', schema=None) as batch_op:
        batch_op.create_index('ix_user_notification_channel_id_created_at', ['channel_id', 'created_at'], unique=False)
        batch_op.create_index('ix_user_notification_inbox', ['user_id', 'visible_at', 'id'], unique=False)
        batch_op.create_index('ix_user_notification_unread', ['user_id', 'visible_at'], unique=False, sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))

    op.create_table('delivery',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('message_id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('subscriber_id', sa.Integer(), nullable=True),
    sa.Column('notification_id', sa.String(length=26), nullable=True),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('medium', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=15), nullable=False),
    sa.Column('reason', sa.String(length=30), nullable=True),
    sa.Column('evidence', sa.JSON(), nullable=True),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('retries_left', sa.Integer(), nullable=False),
    sa.Column('crashes', sa.Integer(), nullable=False),
    sa.Column('raises', sa.Integer(), nullable=False),
    sa.Column('last_delay_s', sa.Double(), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('created_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('due_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', webapp.database.UTCDateTime(timezone=True), nullable=False),
    sa.Column('lease_token', sa.String(length=26), nullable=True),
    sa.Column('lease_until', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('started_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('envelope_id', sa.String(length=26), nullable=True),
    sa.Column('failed_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.Column('dismissed_at', webapp.database.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(user_id IS NULL) <> (subscriber_id IS NULL)', name=op.f('ck_delivery_one_recipient')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_delivery_channel_id')),
    sa.ForeignKeyConstraint(['envelope_id'], ['envelope.id'], name=op.f('fk_delivery_envelope_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_delivery_message_id')),
    sa.ForeignKeyConstraint(['notification_id'], ['user_notification.id'], name=op.f('fk_delivery_notification_id')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_delivery_subscriber_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_delivery_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('message_id', 'subscriber_id', name=op.f('uq_delivery_message_id_subscriber_id')),
    sa.UniqueConstraint('message_id', 'user_id', 'medium', name=op.f('uq_delivery_message_id_user_id_medium'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index('ix_delivery_envelope_id', ['envelope_id'], unique=False)
        batch_op.create_index('ix_delivery_expiring', ['expires_at'], unique=False, sqlite_where=sa.text("state IN ('queued', 'held', 'retrying')"), postgresql_where=sa.text("state IN ('queued', 'held', 'retrying')"))
        batch_op.create_index('ix_delivery_failed', ['ended_at', 'id'], unique=False, sqlite_where=sa.text("state IN ('undeliverable', 'unknown')"), postgresql_where=sa.text("state IN ('undeliverable', 'unknown')"))
        batch_op.create_index('ix_delivery_group', ['user_id', 'channel_id', 'medium'], unique=False, sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
        batch_op.create_index('ix_delivery_held', ['medium', 'reason'], unique=False, sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
        batch_op.create_index('ix_delivery_notification_id', ['notification_id'], unique=False)
        batch_op.create_index('ix_delivery_queued', ['due_at', 'id'], unique=False, sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
        batch_op.create_index('ix_delivery_retrying', ['due_at', 'id'], unique=False, sqlite_where=sa.text("state = 'retrying'"), postgresql_where=sa.text("state = 'retrying'"))
        batch_op.create_index('ix_delivery_sending', ['lease_until'], unique=False, sqlite_where=sa.text("state = 'sending'"), postgresql_where=sa.text("state = 'sending'"))



def downgrade() -> None:
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('ix_delivery_sending', sqlite_where=sa.text("state = 'sending'"), postgresql_where=sa.text("state = 'sending'"))
        batch_op.drop_index('ix_delivery_retrying', sqlite_where=sa.text("state = 'retrying'"), postgresql_where=sa.text("state = 'retrying'"))
        batch_op.drop_index('ix_delivery_queued', sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
        batch_op.drop_index('ix_delivery_notification_id')
        batch_op.drop_index('ix_delivery_held', sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
        batch_op.drop_index('ix_delivery_group', sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
        batch_op.drop_index('ix_delivery_failed', sqlite_where=sa.text("state IN ('undeliverable', 'unknown')"), postgresql_where=sa.text("state IN ('undeliverable', 'unknown')"))
        batch_op.drop_index('ix_delivery_expiring', sqlite_where=sa.text("state IN ('queued', 'held', 'retrying')"), postgresql_where=sa.text("state IN ('queued', 'held', 'retrying')"))
        batch_op.drop_index('ix_delivery_envelope_id')

    op.drop_table('delivery')
    with op.batch_alter_table('user_notification', schema=None) as batch_op:
        batch_op.drop_index('ix_user_notification_unread', sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))
        batch_op.drop_index('ix_user_notification_inbox')
        batch_op.drop_index('ix_user_notification_channel_id_created_at')

    op.drop_table('user_notification')
    with op.batch_alter_table('posting_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_posting_key_message_id'))

    op.drop_table('posting_key')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_attempt_envelope_id_id')

    op.drop_table('attempt')
    with op.batch_alter_table('subscriber_filter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscriber_filter_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_subscriber_filter_channel_id'))

    op.drop_table('subscriber_filter')
    op.drop_table('preference')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_sender_id_id')

    op.drop_table('message')
    with op.batch_alter_table('envelope', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_envelope_body_id'))

    op.drop_table('envelope')
    op.drop_table('channel_medium')
    op.drop_table('user_word')
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_index('ix_user_session_user_id')

    op.drop_table('user_session')
    op.drop_table('subscriber')
    op.drop_table('provider_health')
    op.drop_table('channel')
    op.drop_table('user_account')
    with op.batch_alter_table('throttle', schema=None) as batch_op:
        batch_op.drop_index('ix_throttle_key_at')

    op.drop_table('throttle')
    with op.batch_alter_table('provider', schema=None) as batch_op:
        batch_op.drop_index('uq_provider_primary', sqlite_where=sa.text("role = 'primary'"), postgresql_where=sa.text("role = 'primary'"))

    op.drop_table('provider')
    op.drop_table('policy')
    with op.batch_alter_table('move', schema=None) as batch_op:
        batch_op.drop_index('ix_move_delivery_id_id')

    op.drop_table('move')
    op.drop_table('minute_count')
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.drop_index('ix_job_run_job_id')

    op.drop_table('job_run')
    op.drop_table('job_lease')
    op.drop_table('job')
    op.drop_table('heartbeat')
    op.drop_table('body')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_event_target')

    op.drop_table('audit_event')
