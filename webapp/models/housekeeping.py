"""Deleting old rows that belong to no notification: runs of jobs, tests of providers, verifications, tokens and
allowances. Each function deletes one batch."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, false, or_, select
from sqlalchemy.orm import Session

from webapp.models._columns import table_of
from webapp.models.allowance import Allowance
from webapp.models.api_token import ApiToken
from webapp.models.envelope import Attempt
from webapp.models.job import JobRun
from webapp.models.verification import Verification

RUNS_ALWAYS_KEPT = 20  # of each job, however old
_run, _attempt, _verification = table_of(JobRun), table_of(Attempt), table_of(Verification)
_token, _allowance = table_of(ApiToken), table_of(Allowance)


def delete_runs(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` runs that ended before ``before``, the oldest first, but never the last few of each job.
    Returns how many."""
    jobs = session.scalars(select(_run.c.job).distinct()).all()
    kept = [_run.c.id.in_(select(_last_runs(job).subquery().c.id)) for job in jobs]
    return _delete_rows(session, _run, _run.c.ended_at < before, ~or_(false(), *kept), limit=limit)


def _last_runs(job: str) -> Select[Any]:
    return select(_run.c.id).where(_run.c.job == job).order_by(_run.c.id.desc()).limit(RUNS_ALWAYS_KEPT)


def delete_tests(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` attempts before ``before`` that only tested a provider, and were of no notification."""
    test = _attempt.c.envelope_id.is_(None) & _attempt.c.delivery_id.is_(None)
    return _delete_rows(session, _attempt, test, _attempt.c.started_at < before, limit=limit)


def delete_verifications(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` phones' verifications whose last code expired before ``before``. Gives how many."""
    old = _verification.c.expires_at < before, _verification.c.created_at < before
    return _delete_rows(session, _verification, *old, limit=limit)


def delete_tokens(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` tokens that expired or were revoked before ``before``. Gives how many."""
    return _delete_rows(session, _token, or_(_token.c.expires_at < before, _token.c.revoked_at < before), limit=limit)


def delete_allowances(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` counts of what was used in windows that began before ``before``. Gives how many."""
    some = select(_allowance.c.key).where(_allowance.c.since < before).limit(limit)
    keys = session.scalars(some.with_for_update(skip_locked=True)).all()
    if keys:
        session.execute(delete(_allowance).where(_allowance.c.key.in_(keys)))
    return len(keys)


def _delete_rows(session: Session, table: Table, *where: ColumnElement[bool], limit: int) -> int:
    ids = session.scalars(select(table.c.id).where(*where).order_by(table.c.id).limit(limit)).all()
    if ids:
        session.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)
