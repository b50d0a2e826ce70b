"""Readings: a person marks what is in their inbox as read or unread. A second reading keeps the time of the first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.ids import is_id
from webapp.domain.refusal import Conflict
from webapp.extensions import db
from webapp.models.message import mark_read, mark_unread
from webapp.services.inbox._copies import Showing, missing, own, shown


def mark_one(*, user_id: int, id: str, now: datetime, read: bool = True) -> None:
    """Mark one read or unread. Raises Missing, also for another's."""
    mark_many(user_id=user_id, ids=[id], now=now, read=read)


def mark_many(*, user_id: int, ids: Sequence[str], now: datetime, read: bool = True) -> int:
    """Mark these read or unread, and return how many that changed.

    Raises Missing, and changes none, where one of them does not exist or belongs to somebody else.
    """
    mine = select(own.id).where(*shown(user_id, Showing(), now), own.id.in_(list(filter(is_id, ids))))
    if lost := set(ids) - set(db.session.scalars(mine)):
        raise missing(*sorted(lost))
    return _mark(mine, now=now, read=read)


def mark_all(
    *, user_id: int, showing: Showing, until: datetime, now: datetime, read: bool = True, most: int | None = None
) -> int:
    """Mark all that a list shows, on all its pages, except what came after ``until``, when it was drawn.

    A post that was under way then is dated earlier, though the list cannot have shown it: so, with ``most``, as many as
    the list counted, more than these are a Conflict, and none is marked.
    """
    return _mark(select(own.id).where(*shown(user_id, showing, min(until, now))), now=now, read=read, most=most)


def _mark(copies: Select[str], *, now: datetime, read: bool, most: int | None = None) -> int:
    with writing(db.session) as session:
        changed = mark_read(session, copies, now=now) if read else mark_unread(session, copies)
        if most is not None and len(changed) > most:
            raise Conflict({"most": "More has come meanwhile: nothing was marked. Please look again."})
    if read and len(changed) == 1:
        signals.tell(signals.read, id=changed[0])
    elif read and changed:
        signals.tell(signals.reads, ids=tuple(changed))
    return len(changed)
