"""Incidents, by the topics of their alerts: which have begun but are untold, and which are told to nobody again for
now.

An incident's beginning is written in the transaction that causes it, and deleted once it was told: whoever is to tell
it may die first, or have to wait. Both are rows of the leases' table.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import job
from webapp.models._columns import insert_or, table_of
from webapp.models._ids import new_id
from webapp.models.job import JobLease

_BEGUN, _QUIET = "begun ", "alert "
_lease = table_of(JobLease)


def begin(session: Session, topics: Collection[str], *, now: datetime) -> None:
    """Note that these incidents begin, in the transaction that causes them. One that is still untold begins anew."""
    for topic in topics:
        mark = {"holder": new_id(now), "until": now}
        begun = insert_or(session)(_lease).values(name=_BEGUN + topic, **mark)
        session.execute(begun.on_conflict_do_update(index_elements=["name"], set_=mark))


def untold(session: Session) -> dict[str, str]:
    """The topics of incidents that are still untold, each with a mark of its beginning."""
    found = session.execute(select(_lease.c.name, _lease.c.holder).where(_lease.c.name.startswith(_BEGUN)))
    return {row.name.removeprefix(_BEGUN): row.holder for row in found}


def settle(session: Session, topic: str, mark: str) -> None:
    """Note that it was told, or is over. If it has begun anew since ``mark``, it stays untold."""
    job.give_lease_back(session, name=_BEGUN + topic, holder=mark)


def quiet(session: Session, topics: Collection[str], *, now: datetime, quiet_for: timedelta) -> set[str]:
    """Those of these topics that are told to nobody for now."""
    taken = job.taken_leases(session, [_QUIET + topic for topic in topics], now=now, lasts=quiet_for)
    return {name.removeprefix(_QUIET) for name in taken}


def take_telling(session: Session, topic: str, *, by: str, now: datetime, quiet_for: timedelta) -> bool:
    """Take the right to tell of it, for ``quiet_for``; returns whether we have it. Nobody else does until then."""
    return job.take_lease(session, name=_QUIET + topic, holder=by, now=now, until=now + quiet_for)


def give_telling_back(session: Session, topic: str, *, by: str) -> None:
    """It could not be told: anybody may try at once."""
    job.give_lease_back(session, name=_QUIET + topic, holder=by)
