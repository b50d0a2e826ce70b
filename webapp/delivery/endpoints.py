"""What tries show about subscribers' endpoints: one that is gone, or has failed for days, is switched off, and what
waits for it is held."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.delivery.lot import LONGEST_ERROR, Ended, Finished
from webapp.domain.alert import Alert, subscriber_off
from webapp.domain.endpoint import Off, Tried, fares_after, off_for
from webapp.domain.envelope import Accepted, Failure
from webapp.models import holding
from webapp.models.endpoint import EndpointStanding, give_up, given_up, note_health, standing

_BY = "breaker"  # who moves what waits for an endpoint that is given up


def write_health(session: Session, ended: Sequence[Ended], *, now: datetime) -> list[Alert]:
    """Write down what the lot has shown about the endpoints that were tried. Returns the alerts for administrators.

    Call it last in the transaction, after the providers': every process writes these few rows, and all lock them in the
    same order.
    """
    tried: dict[int, list[Finished]] = defaultdict(list)
    for done in ended:
        if isinstance(done, Finished) and (id_ := done.ready.account.subscriber_id):
            tried[id_].append(done)
    alerts: list[Alert] = []
    for was in standing(session, sorted(tried)) if tried else ():
        # What was tried before its settings were changed says nothing of it as it is now.
        if mine := [done for done in tried[was.id] if done.ready.account.version == was.version]:
            alerts += _note(session, was, mine, now)
    return alerts


def still_so(session: Session) -> list[Alert]:
    """The alerts that still apply: for the endpoints that are switched off now."""
    return [subscriber_off(row.id, row.name, Off(row.off_why), row.last_error or "") for row in given_up(session)]


def _note(session: Session, was: EndpointStanding, finished: Sequence[Finished], now: datetime) -> list[Alert]:
    tries = [Tried(done.result.outcome, done.result.ended_at) for done in finished]
    fares = fares_after(was.fares, tries)
    good = [tried.at for tried in tries if isinstance(tried.outcome, Accepted)]
    bad = [tried for tried in tries if isinstance(tried.outcome, Failure)]
    error = str(bad[-1].outcome)[:LONGEST_ERROR] if bad else None
    note_health(
        session,
        subscriber_id=was.id,
        fares=fares,
        success_at=max(good, default=None),
        error=error,
        error_at=bad[-1].at if bad else None,
    )
    why = off_for(fares, tries)
    if not (why and was.active):
        return []
    give_up(session, subscriber_id=was.id, why=why, now=now)
    holding.strand_subscriber(session, subscriber_id=was.id, now=now, by=_BY)
    return [subscriber_off(was.id, was.name, why, error or "")]
