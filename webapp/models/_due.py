"""What is due, the longest first; each statement is put together once, to be given ``due``, the ``limit`` and the
lanes that are busy."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, literal_column, or_, select

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import Medium
from webapp.models._among import among_found, among_given
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.leases import Lane, is_in, is_still
from webapp.models.subscriber import Subscriber

EACH = 16  # for one subscriber, in one claim: one that hangs is not given all that waits for it at once
ALONE_FROM = 2  # crashes: so suspect is what was in flight at so many deaths that nothing else is in hand beside it
Rows = Select[*tuple[Any, ...]]
_delivery, _subscriber = table_of(Delivery), table_of(Subscriber)
LIMIT = bindparam("limit", type_=Integer)
IN_ORDER = (_delivery.c.due_at, _delivery.c.id)


def given(due: datetime, busy: Collection[Lane]) -> dict[str, Any]:
    """What the statements here are given, but for the ``limit``."""
    media = [lane for lane in busy if isinstance(lane, str)]
    return {"due": due, "media": media, "subscribers": [lane for lane in busy if isinstance(lane, int)]}


@cache
def ids_due(was: S, only: str) -> Rows:
    """The ids of what is due of one medium. What is for people stands in one queue, that for subscribers in one for
    each: however much waits for one of them, it costs nothing to pass by.

    What PostgreSQL locks it looks at again, but not at what the list was made of: that it is still in that state has to
    be said beside the list, too, or what somebody cancels meanwhile would be sent.
    """
    if only != Medium.WEBHOOK:  # in these words, for the index
        return select(_delivery.c.id).where(*due(was), _delivery.c.medium == only, _delivery.c.subscriber_id.is_(None))
    its = select(_delivery.c.id).where(*due(was), _delivery.c.subscriber_id == _subscriber.c.id)
    its = its.correlate(_subscriber).order_by(*IN_ORDER).limit(EACH)
    free, still = ~among_given(_subscriber.c.id, "subscribers"), is_still(was)
    joined = _subscriber.join(_delivery, among_found(_delivery.c.id, its))
    return select(_delivery.c.id).select_from(joined).where(free, still)


@cache
def crashed_ids_due(was: S, *, alone: bool) -> Rows:
    """The ids of what is due and was in flight when a process died; unless ``alone``, of what may go beside others."""
    ids = select(_delivery.c.id).where(*due(was, crashed=True), *free())
    return ids if alone else ids.where(_delivery.c.crashes < ALONE_FROM)


def free() -> tuple[ColumnElement[bool], ...]:
    """Of no lane that is busy."""
    nobodys, theirs = _delivery.c.subscriber_id.is_(None), ~among_given(_delivery.c.subscriber_id, "subscribers")
    return ~among_given(_delivery.c.medium, "media"), or_(nobodys, theirs)


def due(was: S, *, crashed: bool = False) -> tuple[ColumnElement[bool], ...]:
    """In that state, and due by then."""
    met = _delivery.c.crashes > literal_column("0") if crashed else _delivery.c.crashes == literal_column("0")
    return is_in(was), _delivery.c.due_at <= bindparam("due", type_=_delivery.c.due_at.type), met


def first(ids: Rows) -> Rows:
    """The longest due of them, as many as the ``limit``, locked."""
    return ids.order_by(*IN_ORDER).limit(LIMIT).with_for_update(skip_locked=True, of=_delivery)
