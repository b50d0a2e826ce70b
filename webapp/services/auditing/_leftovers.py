"""What the audit checks besides deliveries: messages with missing rows, and rows that belong to nothing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from webapp.models._columns import table_of
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt, Body, Envelope, body_hash
from webapp.models.message import INBOX, Message, PostingKey, UserNotification

_delivery, _move, _message, _copy = table_of(Delivery), table_of(Move), table_of(Message), table_of(UserNotification)
_envelope, _body, _attempt, _key = table_of(Envelope), table_of(Body), table_of(Attempt), table_of(PostingKey)
_NAMED = 5  # envelopes named for a changed body; a body may be in very many
Found = Iterator[tuple[str, str, str]]  # kind of thing, its id, what is wrong


def messages(session: Session, ids: list[str]) -> Found:
    """Each message has as many copies and deliveries as it was counted for, and its copies repeat its columns."""
    between = ids[0], ids[-1]
    there: dict[str, dict[str, int]] = defaultdict(dict)
    for statement in (_copies_of(*between), _deliveries_of(*between)):
        for message_id, name, number in session.execute(statement):
            there[message_id][name] = number
    for row in session.execute(select(_message.c.id, _message.c.counted).where(_message.c.id.between(*between))):
        for name in sorted(row.counted.keys() | there[row.id].keys()):
            told, found = row.counted.get(name), there[row.id].get(name, 0)
            if told != found and not (told is None and name == INBOX):  # older messages have no count of their copies
                what = "copies" if name == INBOX else f"deliveries by {name}"
                yield "message", row.id, f"it was counted for {told or 0} {what}; there are {found}"


def message_page(session: Session, after: str, size: int) -> list[str]:
    """The next message ids after ``after``."""
    wanted = select(_message.c.id).where(_message.c.id > after).order_by(_message.c.id).limit(size)
    return list(session.scalars(wanted))


def _copies_of(first: str, last: str) -> Select[*tuple[Any, ...]]:
    grouped = select(_copy.c.message_id, literal(INBOX), func.count()).group_by(_copy.c.message_id)
    return grouped.where(_copy.c.message_id.between(first, last))


def _deliveries_of(first: str, last: str) -> Select[*tuple[Any, ...]]:
    columns = _delivery.c.message_id, _delivery.c.medium
    return select(*columns, func.count()).where(_delivery.c.message_id.between(first, last)).group_by(*columns)


def copies(session: Session, most: int) -> Found:
    """Each copy belongs to a message and repeats its columns."""
    joined = _copy.outerjoin(_message, _copy.c.message_id == _message.c.id)
    same = (
        (_copy.c.channel_id == _message.c.channel_id)
        & (_copy.c.visible_at == _message.c.visible_at)
        & (_copy.c.created_at == _message.c.created_at)
    )
    wanted = select(_copy.c.id, _message.c.id.label("message")).select_from(joined)
    for row in session.execute(wanted.where(_message.c.id.is_(None) | ~same).limit(most)):
        said = "channel or times are not its message's" if row.message else "its message is gone"
        yield "notification", row.id, said


def keys(session: Session, most: int) -> Found:
    """Each idempotency key belongs to a message."""
    joined = _key.outerjoin(_message, _key.c.message_id == _message.c.id)
    wanted = select(_key.c.message_id, _key.c.key).select_from(joined).where(_message.c.id.is_(None))
    for row in session.execute(wanted.limit(most)):
        yield "message", row.message_id, f"it is gone, but was posted under the key “{row.key}”"


def envelopes(session: Session, most: int) -> Found:
    """Each envelope belongs to some delivery, by its row or by the ledger."""
    joined = _envelope.outerjoin(_delivery, _delivery.c.envelope_id == _envelope.c.id).outerjoin(
        _move, _move.c.envelope_id == _envelope.c.id
    )
    wanted = select(_envelope.c.id).select_from(joined).where(_delivery.c.id.is_(None), _move.c.id.is_(None))
    for id_ in session.scalars(wanted.limit(most)):
        yield "envelope", id_, "no delivery is in it, and no ledger names it"


def attempts(session: Session, most: int) -> Found:
    """Each try belongs to an existing envelope, and to the delivery it names, if any; or it was a provider's test."""
    joined = _attempt.outerjoin(_envelope, _attempt.c.envelope_id == _envelope.c.id).outerjoin(
        _delivery, _attempt.c.delivery_id == _delivery.c.id
    )
    no_envelope = _attempt.c.envelope_id.is_not(None) & _envelope.c.id.is_(None)
    no_delivery = _attempt.c.delivery_id.is_not(None) & _delivery.c.id.is_(None)
    no_test = _attempt.c.envelope_id.is_(None) & _attempt.c.counted
    wanted = select(_attempt.c.id, _attempt.c.envelope_id).select_from(joined)
    for row in session.execute(wanted.where(no_envelope | no_delivery | no_test).limit(most)):
        yield "attempt", str(row.id), f"it is of nothing that is there (envelope {row.envelope_id})"


def body_page(session: Session, after: int, size: int) -> list[Any]:
    """The next bodies after ``after``."""
    wanted = select(_body).where(_body.c.id > after).order_by(_body.c.id).limit(size)
    return list(session.execute(wanted))


def bodies(session: Session, rows: list[Any]) -> Found:
    """Each body matches its hash."""
    for row in rows:
        if body_hash(row.subject, row.text, row.html) != row.hash:
            found = session.scalars(select(_envelope.c.id).where(_envelope.c.body_id == row.id).limit(_NAMED + 1)).all()
            more = " and others" if len(found) > _NAMED else ""
            yield "body", str(row.id), f"its text was changed; it is in {', '.join(found[:_NAMED])}{more}"
