"""One notification, as the person reads it whose inbox it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from webapp.domain.evidence import Evidence
from webapp.domain.ids import is_id
from webapp.domain.who import Who
from webapp.domain.wording import Reader, Sentence, why_received
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.services._courses import COLUMNS, Way, way
from webapp.services.inbox._copies import SENDER, joined, missing, one, own, sender
from webapp.services.inbox._formatted import CHANNEL, formatted


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One notification in full. ``body`` is Markdown as it was written; ``formatted`` is what the channel's formatter
    makes of it for the inbox, or else the same. ``read_at`` is None while it is unread."""

    id: str
    message: str
    type: str
    category: str | None
    attributes: Mapping[str, Any]
    sender: Who
    channel: str
    channel_title: str
    subject: str
    body: str
    formatted: str
    link: str | None
    why: Sentence
    visible_at: datetime
    read_at: datetime | None
    ways: tuple[Way, ...]


def get(*, user_id: int, id: str, now: datetime) -> Opened:
    """One's own notification. Looking at it changes nothing. Raises Missing, also for another's."""
    statement = joined(select(own, Message, *SENDER, *CHANNEL)).where(*one(user_id, id, now))
    row = db.session.execute(statement).one_or_none() if is_id(id) else None
    if row is None:
        raise missing(id)
    mine, message = row.UserNotification, row.Message
    opened = Opened(
        id=mine.id,
        message=message.id,
        type=message.type,
        category=message.category,
        attributes=message.attributes,
        sender=sender(row),
        channel=row.name,
        channel_title=row.title,
        subject=message.subject,
        body=message.body,
        formatted=message.body,
        link=message.link,
        why=why_received(mine.why),
        visible_at=mine.visible_at,
        read_at=mine.read_at,
        ways=_ways(row, now),
    )
    [text] = formatted([row], user_id=user_id, now=now)
    return replace(opened, formatted=text)


def _ways(row: Row[*tuple[Any, ...]], now: datetime) -> tuple[Way, ...]:
    """How it went by each medium. The recipient may read in full what they chose themselves."""
    mine: UserNotification = row.UserNotification
    wanted = select(*COLUMNS, Delivery.evidence).where(Delivery.notification_id == mine.id)
    names = {"who": "", "channel": row.title, "sender": sender(row).display_name}
    return tuple(
        way(one, reader=Reader.RECIPIENT, now=now, evidence=Evidence.of(one.evidence, one.reason), **names)
        for one in db.session.execute(wanted.order_by(Delivery.medium))
    )
