"""Statements for what is due, the longest due first. Each is built once; its parameters are ``due``, ``limit`` and the
busy lanes."""

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
from webapp.models.leases import Lane, is_in, is_in_unindexed
from webapp.models.subscriber import Subscriber

EACH = 16  # per subscriber and claim: one that hangs must not get all that waits for it at once
ALONE_FROM = 2  # crashes: what was in flight when so many processes died is sent with nothing else in hand
Rows = Select[*tuple[Any, ...]]
_delivery, _subscriber = table_of(Delivery), table_of(Subscriber)
LIMIT = bindparam("limit", type_=Integer)
IN_ORDER = (_delivery.c.due_at, _delivery.c.id)


def given(due: datetime, busy: Collection[Lane]) -> dict[str, Any]:
    """The parameters of the statements here, all but ``limit``."""
    media = [lane for lane in busy if isinstance(lane, str)]
    return {"due": due, "media": media, "subscribers": [lane for lane in busy if isinstance(lane, int)]}


@cache
def ids_due(was: S, only: str) -> Rows:
    """The ids of what is due of one medium. All deliveries to people are one queue; each subscriber has one of its own,
    so a busy subscriber costs nothing to skip, however much waits for it.

    PostgreSQL checks a locked row's own conditions again, but not those of the subquery that listed it: so the state is
    asked for outside of the list as well, or what somebody cancels meanwhile would be sent.
    """
    if only != Medium.WEBHOOK:  # in these words, for the index
        return select(_delivery.c.id).where(*due(was), _delivery.c.medium == only, _delivery.c.subscriber_id.is_(None))
    its = select(_delivery.c.id).where(*due(was), _delivery.c.subscriber_id == _subscriber.c.id)
    its = its.correlate(_subscriber).order_by(*IN_ORDER).limit(EACH)
    free, still = ~among_given(_subscriber.c.id, "subscribers"), is_in_unindexed(was)
    joined = _subscriber.join(_delivery, among_found(_delivery.c.id, its))
    return select(_delivery.c.id).select_from(joined).where(free, still)


@cache
def crashed_ids_due(was: S, *, alone: bool) -> Rows:
    """The ids of due deliveries that were in flight when a process died; unless ``alone``, only those that may be sent
    beside others."""
    ids = select(_delivery.c.id).where(*due(was, crashed=True), *free())
    return ids if alone else ids.where(_delivery.c.crashes < ALONE_FROM)


def free() -> tuple[ColumnElement[bool], ...]:
    """In no busy lane."""
    nobodys, theirs = _delivery.c.subscriber_id.is_(None), ~among_given(_delivery.c.subscriber_id, "subscribers")
    return ~among_given(_delivery.c.medium, "media"), or_(nobodys, theirs)


def due(was: S, *, crashed: bool = False) -> tuple[ColumnElement[bool], ...]:
    """In that state, and due at the parameter ``due``; crashed deliveries, or all others."""
    met = _delivery.c.crashes > literal_column("0") if crashed else _delivery.c.crashes == literal_column("0")
    return is_in(was), _delivery.c.due_at <= bindparam("due", type_=_delivery.c.due_at.type), met


def first(ids: Rows) -> Rows:
    """The longest due of these, up to the ``limit``, locked."""
    return ids.order_by(*IN_ORDER).limit(LIMIT).with_for_update(skip_locked=True, of=_delivery)
