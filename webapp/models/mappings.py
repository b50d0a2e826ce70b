"""Mappings: onto which channel events are posted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.extensions import db
from webapp.models._columns import ChannelRef, IntKey
from webapp.models.channel import Channel


class EventMapping(db.Model):
    """Onto which channel, and for whom, events are posted. ``type`` and ``source`` are globs; the first match by
    ``position`` counts. ``recipients``: usernames, and roles as ``role:operator``; none: subscribers only."""

    __tablename__ = "event_mapping"

    id: Mapped[IntKey]
    position: Mapped[int]
    type: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(500))
    channel_id: Mapped[ChannelRef]
    recipients: Mapped[list[str]]
    version: Mapped[int] = mapped_column(default=1)


def listed(session: Session) -> Sequence[Row[EventMapping, str]]:
    """Every mapping with its channel's name, in the order in which they are tried."""
    with_names = select(EventMapping, Channel.name).join(Channel, Channel.id == EventMapping.channel_id)
    return session.execute(with_names.order_by(EventMapping.position, EventMapping.id)).all()


def add(session: Session, **columns: Any) -> EventMapping:
    """A new mapping, which is tried last."""
    last = session.scalar(select(func.max(EventMapping.position))) or 0
    row = EventMapping(position=last + 1, **columns)
    session.add(row)
    session.flush()
    return row


def change(session: Session, *, id: int, version: int, columns: Mapping[str, Any]) -> EventMapping | None:
    """Change it, and count its version up; None where the version is no longer the one given."""
    seen = select(EventMapping).where(EventMapping.id == id, EventMapping.version == version).with_for_update()
    row = session.scalar(seen)
    if row is None:
        return None
    for column, value in columns.items():
        setattr(row, column, value)
    row.version += 1
    session.flush()
    return row


def move(session: Session, *, id: int, by: int) -> bool:
    """Move it ``by`` places later (or earlier, if negative), as far as there are any; returns whether it moved. The
    others close up."""
    locked = session.scalars(select(EventMapping).order_by(EventMapping.id).with_for_update())
    rows = sorted(locked, key=lambda row: (row.position, row.id))  # PostgreSQL would sort before it waits for the locks
    at = next((place for place, row in enumerate(rows) if row.id == id), None)
    if at is None or (to := min(max(at + by, 0), len(rows) - 1)) == at:
        return False
    rows.insert(to, rows.pop(at))
    for position, row in enumerate(rows, start=1):
        row.position = position
    session.flush()
    return True


def remove(session: Session, *, id: int) -> EventMapping | None:
    """Delete it. Returns what it was, or None where it was gone already."""
    row = session.scalar(select(EventMapping).where(EventMapping.id == id).with_for_update())
    if row is not None:
        session.delete(row)
        session.flush()
    return row
