"""News of what is due now: whoever makes it so says so here, and who makes tries hears it after the commit."""

from sqlalchemy.orm import Session

from webapp.database import afterwards
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.job import Job

_TRIED_BY = {S.QUEUED: Job.DISPATCHER, S.RETRYING: Job.RESENDER}


def due_now(session: Session, state: S) -> None:
    """Something that waits as queued, or as retrying, need not wait any more."""
    afterwards(session, _tell, _TRIED_BY[state])


def _tell(job: Job) -> None:
    signals.tell(signals.due, job=job)
