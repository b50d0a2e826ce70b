"""Truncation: forgetting what is older than it is kept for, in small batches that never keep anybody waiting long."""

import calendar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.database import reading, writing
from webapp.extensions import db
from webapp.models import forgetting
from webapp.models.channel import Channel

BATCH = 1000  # copies in one transaction


@dataclass(frozen=True, slots=True)
class Truncated:
    """How many people's copies of notifications went, or would go."""

    notifications: int
    dry_run: bool


def truncate(*, now: datetime, keep_months: int, dry_run: bool = False) -> Truncated:
    """Delete notifications saved more than ``keep_months`` calendar months ago (a channel may say otherwise).

    What is starred, still to be sent, or has not been visible for so long stays. Safe to interrupt: every batch is
    complete by itself.
    """
    channels = [(row.id, row.keep_months) for row in db.session.execute(select(Channel.id, Channel.keep_months))]
    gone = 0
    for channel_id, months in channels:
        before = months_before(now, keep_months if months is None else months)
        gone += _count(channel_id, before) if dry_run else _delete(channel_id, before)
    if gone and not dry_run:
        with writing(db.session) as session:
            forgetting.delete_unused_bodies(session)
    return Truncated(gone, dry_run)


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many calendar months earlier, or that month's last: 31 May less 3 is 28 (29) February."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, calendar.monthrange(years, month + 1)[1])
    return now.replace(year=years, month=month + 1, day=day)


def _count(channel_id: int, before: datetime) -> int:
    with reading(db.session) as session:
        return forgetting.count_old(session, channel_id=channel_id, before=before)


def _delete(channel_id: int, before: datetime) -> int:
    gone = 0
    while True:
        with writing(db.session) as session:
            deleted = forgetting.delete_old(session, channel_id=channel_id, before=before, limit=BATCH)
        gone += deleted
        if deleted < BATCH:
            return gone
