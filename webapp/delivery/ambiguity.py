"""Ambiguity: several formatters support a channel, and nobody has said which. What it delivers is held until then."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.reason import Reason
from webapp.formatters import candidates
from webapp.models import holding


def release_laid_out(session: Session, *, now: datetime, by: str) -> int:
    """held → queued | retrying: what waited as AMBIGUOUS_FORMATTER, on each channel that exactly one formatter fits by
    now. Returns how many.

    Call it in the transaction that edits a channel. A sweep calls it as well, because a formatter that made a channel
    ambiguous may simply have been uninstalled.
    """
    waiting = holding.channels_waiting(session, reason=Reason.AMBIGUOUS_FORMATTER)
    clear = [id_ for id_, name, named in waiting if len(candidates(name, named)) == 1]
    if not clear:
        return 0
    return holding.release_channels(session, ids=clear, reason=Reason.AMBIGUOUS_FORMATTER, now=now, by=by)
