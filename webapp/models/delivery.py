"""Deliveries and the ledger of their moves: the tables. Their rows are moved by ``arrows`` alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models._columns import ChannelRef, LedgerKey, Ulid, UlidKey, partial_index

# States that the list's index covers: nearly every delivery ends as sent, and failed ones have an index of their own.
UNUSUAL = "state NOT IN ('sending', 'sent', 'undeliverable', 'unknown')"
_FAILED = "state IN ('undeliverable', 'unknown')"
_ITS, _NOT = "subscriber_id IS NOT NULL", "subscriber_id IS NULL"


class Delivery(db.Model):
    """One person's copy (or one subscriber's) on its way through one medium: the queue's row."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (subscriber_id IS NULL)", name="one_recipient"),
        UniqueConstraint("message_id", "user_id", "medium"),
        UniqueConstraint("message_id", "subscriber_id"),
        partial_index("ix_delivery_envelope_id", "envelope_id", where="envelope_id IS NOT NULL"),
        # For deleting copies: otherwise each would be looked for in the whole table.
        partial_index("ix_delivery_notification_id", "notification_id", where="notification_id IS NOT NULL"),
        # For lists, the last posted first: of one subscriber, and of each unusual state. A person's list goes by their
        # copies: an index over people would cost more than all else that is written of a delivery.
        partial_index("ix_delivery_subscriber", "subscriber_id", "id", where=_ITS),
        partial_index("ix_delivery_state", "state", "id", where=UNUSUAL),
        # What waits for people is one queue per medium; what waits for subscribers, one queue for each of them.
        *(
            index
            for state in ("queued", "retrying")
            for index in (
                partial_index(f"ix_delivery_{state}", "medium", "due_at", "id", where=f"state = '{state}' AND {_NOT}"),
                partial_index(
                    f"ix_delivery_{state}_subscriber",
                    "subscriber_id",
                    "due_at",
                    "id",
                    where=f"state = '{state}' AND {_ITS}",
                ),
            )
        ),
        partial_index("ix_delivery_crashed", "state", "due_at", "id", where="crashes > 0"),
        partial_index("ix_delivery_sending", "lease_until", where="state = 'sending'"),
        partial_index(
            "ix_delivery_held", "medium", "reason", "crashes", "due_at", "id", where=f"state = 'held' AND {_NOT}"
        ),
        partial_index("ix_delivery_held_due", "due_at", where=f"state = 'held' AND {_NOT}"),
        partial_index("ix_delivery_held_subscriber", "subscriber_id", "id", where=f"state = 'held' AND {_ITS}"),
        partial_index("ix_delivery_expiring", "expires_at", where="state IN ('queued', 'held', 'retrying')"),
        # With the state, so that counting needs no look at the rows.
        partial_index("ix_delivery_failed", "ended_at", "id", "state", where=_FAILED),
        partial_index(
            "ix_delivery_failed_subscriber", "subscriber_id", "ended_at", "id", "state", where=f"{_FAILED} AND {_ITS}"
        ),
        partial_index("ix_delivery_unknown", "ended_at", "id", where="state = 'unknown'"),
        partial_index("ix_delivery_group", "user_id", "channel_id", "medium", where="state = 'queued'"),
    )

    id: Mapped[UlidKey]
    message_id: Mapped[Ulid] = mapped_column(ForeignKey("message.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"))
    notification_id: Mapped[str | None] = mapped_column(ForeignKey("user_notification.id"))
    channel_id: Mapped[ChannelRef]
    medium: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str | None] = mapped_column(String(30))
    evidence: Mapped[dict[str, Any] | None]
    generation: Mapped[int] = mapped_column(default=1)
    failures: Mapped[int] = mapped_column(default=0)
    retries_left: Mapped[int]
    crashes: Mapped[int] = mapped_column(default=0)
    raises: Mapped[int] = mapped_column(default=0)
    last_delay_s: Mapped[float | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(26))
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    envelope_id: Mapped[str | None] = mapped_column(ForeignKey("envelope.id"))
    replaces: Mapped[str | None] = mapped_column(String(26))  # the envelope of its former generation
    failed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]


class Move(db.Model):
    """One change of state, in the same transaction as the change; append-only."""

    __tablename__ = "move"
    __table_args__ = (Index("ix_move_delivery_id_id", "delivery_id", "id"),)

    id: Mapped[LedgerKey]
    delivery_id: Mapped[Ulid]
    was: Mapped[str | None] = mapped_column(String(15))
    became: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str | None] = mapped_column(String(30))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(60))
    envelope_id: Mapped[str | None] = mapped_column(String(26))
    lease_token: Mapped[str | None] = mapped_column(String(26))
    lease_until: Mapped[datetime | None]
