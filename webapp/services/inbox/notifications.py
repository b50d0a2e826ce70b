"""One notification, as the person reads it whose inbox it is in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from webapp.domain.evidence import Evidence
from webapp.domain.ids import is_id
from webapp.domain.who import Who
from webapp.domain.wording import Reader, Sentence, why_received
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.services._courses import COLUMNS, Way, way
from webapp.services.inbox._copies import SENDER, joined, missing, one, own, sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """All there is to read. ``body`` is Markdown; ``read_at`` is None while it is unread."""

    id: str
    sender: Who
    channel: str
    channel_title: str
    subject: str
    body: str
    link: str | None
    why: Sentence
    visible_at: datetime
    read_at: datetime | None
    ways: tuple[Way, ...]


def get(*, user_id: int, id: str, now: datetime) -> Opened:
    """One's own notification. Looking at it changes nothing. Raises Missing, also for another's."""
    statement = joined(select(own, Message, *SENDER, Channel.name, Channel.title)).where(*one(user_id, id, now))
    row = db.session.execute(statement).one_or_none() if is_id(id) else None
    if row is None:
        raise missing(id)
    mine, message = row.UserNotification, row.Message
    return Opened(
        id=mine.id,
        sender=sender(row),
        channel=row.name,
        channel_title=row.title,
        subject=message.subject,
        body=message.body,
        link=message.link,
        why=why_received(mine.why),
        visible_at=mine.visible_at,
        read_at=mine.read_at,
        ways=_ways(row, now),
    )


def _ways(row: Row[*tuple[Any, ...]], now: datetime) -> tuple[Way, ...]:
    """What they chose is theirs to read in full."""
    mine: UserNotification = row.UserNotification
    wanted = select(*COLUMNS, Delivery.evidence).where(Delivery.notification_id == mine.id)
    names = {"who": "", "channel": row.title, "sender": sender(row).display_name}
    return tuple(
        way(one, reader=Reader.RECIPIENT, now=now, evidence=Evidence.of(one.evidence, one.reason), **names)
        for one in db.session.execute(wanted.order_by(Delivery.medium))
    )
