"""Notifications with their whole text, for programs: commands, and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from webapp.domain.cursor import Cursor
from webapp.extensions import db
from webapp.models.message import Message
from webapp.services.inbox._copies import NEWEST_FIRST, SENDER, Showing, behind, joined, own, shown
from webapp.services.inbox._formatted import CHANNEL, formatted


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One notification. ``sender`` is a username or the name of a system sender; ``body`` is as it was written,
    ``formatted`` as the inbox shows it."""

    id: str
    message: str
    channel: str
    type: str
    category: str | None
    sender: str
    subject: str
    body: str
    formatted: str
    link: str | None
    attributes: Mapping[str, Any]
    visible_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them; ``older`` is the cursor of the next page, None on the last."""

    items: tuple[Kept, ...]
    older: str | None


def everything(*, user_id: int, now: datetime, only_unread: bool = False) -> list[Kept]:
    """The whole inbox, newest first."""
    rows = _rows(user_id, Showing(unread=only_unread), now)
    return _formatted(rows, user_id=user_id, now=now)


def page(
    *, user_id: int, showing: Showing, now: datetime, limit: int, after: str | None = None, raw: bool = False
) -> Page:
    """At most ``limit`` of the notifications of ``user_id``, newest first, after the cursor ``after``. With ``raw`` no
    formatter is called: ``formatted`` is then the body. Raises Missing for an invalid cursor."""
    rows = _rows(user_id, showing, now, *behind(after), limit=limit + 1)
    few, last = rows[:limit], rows[limit - 1].UserNotification if len(rows) > limit else None
    older = str(Cursor(last.visible_at, last.id)) if last else None
    kept = [_kept(row) for row in few] if raw else _formatted(few, user_id=user_id, now=now)
    return Page(tuple(kept), older)


def _rows(
    user_id: int, showing: Showing, now: datetime, *more: Any, limit: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    columns: Select[*tuple[Any, ...]] = select(own, Message, *CHANNEL, *SENDER)
    wanted = joined(columns).where(*shown(user_id, showing, now), *more)
    return db.session.execute(wanted.order_by(*NEWEST_FIRST).limit(limit)).all()


def _formatted(rows: Sequence[Row[*tuple[Any, ...]]], *, user_id: int, now: datetime) -> list[Kept]:
    kept = [_kept(row) for row in rows]
    texts = formatted(rows, user_id=user_id, now=now)
    return [replace(one, formatted=text) for one, text in zip(kept, texts, strict=True)]


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    mine, message = row.UserNotification, row.Message
    return Kept(
        id=mine.id,
        message=mine.message_id,
        channel=row.name,
        type=message.type,
        category=message.category,
        sender=row.username or row.system_sender,
        subject=message.subject,
        body=message.body,
        formatted=message.body,
        link=message.link,
        attributes=message.attributes,
        visible_at=mine.visible_at,
        read_at=mine.read_at,
    )
