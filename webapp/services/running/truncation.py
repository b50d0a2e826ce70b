"""Truncation: deleting what is older than its retention, in small batches that never keep anybody waiting long."""

import calendar
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from webapp.database import reading, tell_fault, writing
from webapp.domain.job import Job
from webapp.extensions import db
from webapp.models import forgetting, housekeeping, usage
from webapp.models.channel import Channel
from webapp.services.running import job_orders

_log = logging.getLogger(__name__)
RUNS_KEPT = timedelta(days=7)  # a busy process writes one down every two seconds
HOURS_KEPT = timedelta(days=8)  # of the counts of providers' tries per hour, of which a day or a week is shown
CODES_KEPT = timedelta(days=1)  # long enough to say of a code that it was used already
ALLOWANCES_KEPT = timedelta(days=1)  # longer than any window of a limit
BATCH = 1000  # rows of one kind in one transaction


@dataclass(frozen=True, slots=True)
class Truncated:
    """How many copies of notifications were deleted, or would be; and how many messages without copies, with their
    subscribers' deliveries."""

    notifications: int
    dry_run: bool
    messages: int = 0


def truncate(*, now: datetime, keep_months: int, dry_run: bool = False) -> Truncated:
    """Delete notifications saved more than ``keep_months`` calendar months ago (a channel may have its own retention).

    By ``keep_months`` alone go providers' tests and tokens that are no longer valid. Codes sent to phones and counts of
    limits go after a day, runs of jobs after a week, and the counts of providers' tries per hour after eight days.
    Notifications stay that are starred, still to be sent, or have not been visible for so long. Safe to interrupt:
    every batch is complete by itself.

    An error on one channel is logged and does not stop the rest; the first one is raised at the end. Raises Conflict
    where an administrator has paused it; a dry run only counts and is never refused.
    """
    if not dry_run:
        job_orders.refuse_paused(jobs=[Job.TRUNCATION], now=now)
    rows = db.session.execute(select(Channel.id, Channel.name, Channel.keep_months))
    channels = [
        _Old(row.id, row.name, months_before(now, keep_months if row.keep_months is None else row.keep_months))
        for row in rows
    ]
    return _count(channels) if dry_run else _truncate(channels, now=now, keep_months=keep_months)


class _Old(NamedTuple):
    """What is old enough on one channel."""

    channel_id: int
    name: str
    before: datetime


def _count(channels: Sequence[_Old]) -> Truncated:
    gone = left = 0
    for one in channels:
        with reading(db.session) as session:
            gone += forgetting.count_old(session, channel_id=one.channel_id, before=one.before)
            left += forgetting.count_left(session, channel_id=one.channel_id, before=one.before)
    return Truncated(gone, dry_run=True, messages=left)


def _truncate(channels: Sequence[_Old], *, now: datetime, keep_months: int) -> Truncated:
    gone = left = 0
    faults: list[Exception] = []
    for one in channels:
        with _kept(faults, f"on {one.name}"):
            gone += _delete(partial(forgetting.delete_old, channel_id=one.channel_id), one.before)
            left += _delete(partial(forgetting.delete_left, channel_id=one.channel_id), one.before)
    with _kept(faults, "beside the channels"):
        _tidy(months_before(now, keep_months), now=now, bodies=bool(gone + left or faults))
    if faults:
        raise faults[0]
    return Truncated(gone, dry_run=False, messages=left)


@contextmanager
def _kept(faults: list[Exception], where: str) -> Iterator[None]:
    """Catches an error inside and adds it to ``faults``, so that the next step runs."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 — whatever it is, it is raised in the end
        tell_fault(_log, f"What is old {where} could not all be deleted", error)
        faults.append(error)


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many calendar months earlier, or that month's last day: 31 May less 3 is 28 (29) February."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, calendar.monthrange(years, month + 1)[1])
    return now.replace(year=years, month=month + 1, day=day)


def _tidy(before: datetime, *, now: datetime, bodies: bool) -> None:
    """Delete the old rows that are not notifications and are not counted as such."""
    _delete(housekeeping.delete_runs, now - RUNS_KEPT)
    _delete(housekeeping.delete_verifications, now - CODES_KEPT)
    _delete(usage.delete_hours, now - HOURS_KEPT)
    _delete(housekeeping.delete_allowances, now - ALLOWANCES_KEPT)
    _delete(housekeeping.delete_tests, before)
    _delete(housekeeping.delete_tokens, before)
    if bodies:
        with writing(db.session) as session:
            forgetting.delete_unused_bodies(session)


def _delete(some: Callable[..., int], before: datetime) -> int:
    """Call ``some``, which deletes one batch and returns how many rows went, until nothing is left."""
    gone = 0
    while True:
        with writing(db.session) as session:
            deleted = some(session, before=before, limit=BATCH)
        gone += deleted
        if not deleted:  # not ``< BATCH``: a batch may be smaller where many rows depend on its rows
            return gone
