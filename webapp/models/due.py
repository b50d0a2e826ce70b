"""News of what is due now: whoever makes something due says so here, and those who try it hear of it after the
commit."""

from sqlalchemy.orm import Session

from webapp.database import afterwards
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.job import Job

_TRIED_BY = {S.QUEUED: Job.DISPATCHER, S.RETRYING: Job.RESENDER}


def due_now(session: Session, state: S) -> None:
    """Something in this state, queued or retrying, has become due."""
    afterwards(session, _tell, _TRIED_BY[state])


def _tell(job: Job) -> None:
    signals.tell(signals.due, job=job)
