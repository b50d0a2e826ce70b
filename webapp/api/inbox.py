"""The inbox of whoever calls: what has come, what of it is read, and marking it so."""

from dataclasses import asdict
from typing import Any, ClassVar

from marshmallow import fields, validate

from webapp.api._door import Door, caller
from webapp.api._schemas import Closed, CountSchema, Either, PageQuery, page_of
from webapp.api._values import Flag, Moment, asked_flag, id_, medium, name, one_of, state
from webapp.domain.english import plain
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.inbox import inbox, notifications, readings, whole
from webapp.services.inbox.inbox import Showing
from webapp.services.inbox.notifications import Opened
from webapp.services.inbox.whole import Kept

MOST_AT_ONCE = 500  # ids
FORMATTED, RAW = "formatted", "raw"

door = Door("inbox", __name__, description="What has come for you.")


class ShowingSchema(Closed):
    """A part of an inbox."""

    channel = name(metadata={"description": "Only of this channel."})
    category = name(metadata={"description": "Only of categories that begin so."})


class FormQuery(Closed):
    """In which form a text is told."""

    form = one_of(
        FORMATTED, RAW, load_default=FORMATTED,
        metadata={"description": "As the channel's formatter shows it in the inbox, or raw: as it was posted."},
    )  # fmt: skip


class InboxQuery(ShowingSchema, FormQuery, PageQuery):
    """Which of them, and how many."""

    read = asked_flag(metadata={"description": "Only what has been read, or only what has not."})


class NotificationSchema(Closed):
    """Your copy of a message."""

    id = id_(required=True)
    message = id_(required=True, metadata={"description": "The id of the message that it is a copy of."})
    channel = fields.String(required=True)
    type = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    sender = fields.String(required=True, metadata={"description": "A username, or the name Belfry posted under."})
    subject = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "Markdown, in the form that was asked for."})
    link = fields.String(required=True, allow_none=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    visible_at = Moment(required=True)
    read_at = Moment(required=True, allow_none=True, metadata={"description": "When it was read first."})


class WaySchema(Closed):
    """How it went by one medium."""

    medium = medium(required=True)
    state = state(required=True)
    sentence = fields.String(required=True, metadata={"description": "What became of it, and why; in English."})


class OpenedSchema(NotificationSchema):
    """The same, with why you have it, and by what else it was sent."""

    why = fields.String(required=True)
    ways = fields.List(fields.Nested(WaySchema), required=True)


class CountsSchema(Closed):
    """How many there are."""

    total = fields.Nested(CountSchema, required=True)
    unread = fields.Nested(CountSchema, required=True)


class ReadingsSchema(Either):
    """What is marked: some by their ids, or all that a filter shows; {} shows everything."""

    either: ClassVar[tuple[str, ...]] = ("ids", "showing")

    ids = fields.List(id_(), validate=validate.Length(1, MOST_AT_ONCE))
    showing = fields.Nested(ShowingSchema)
    until = Moment(metadata={"description": "What has come later than you looked is left as it is; only with showing."})
    unread = Flag(load_default=False, metadata={"description": "Mark them unread instead."})


class ChangedSchema(Closed):
    """What it came to."""

    changed = fields.Integer(required=True, metadata={"description": "How many were not so before."})


@door.operation("GET", "/inbox", scope=Scope.INBOX_READ, query=InboxQuery, gives=page_of(NotificationSchema))
def index(query: dict[str, Any]) -> Any:
    """Your notifications, newest first."""
    raw, showing = query["form"] == RAW, _showing(query)
    shown = whole.page(
        user_id=_me(), showing=showing, now=runtime().now(), limit=query["limit"], after=query["after"], raw=raw
    )
    return {"items": [_told(it, raw=raw) for it in shown.items], "next": shown.older}


@door.operation("GET", "/inbox/count", scope=Scope.INBOX_READ, query=ShowingSchema, gives=CountsSchema)
def count(query: dict[str, Any]) -> Any:
    """How many there are, and how many of them are unread."""
    return asdict(inbox.count(user_id=_me(), showing=_showing(query), now=runtime().now()))


@door.operation("GET", "/inbox/<id>", scope=Scope.INBOX_READ, query=FormQuery, gives=OpenedSchema)
def show(id: str, query: dict[str, Any]) -> Any:
    """One notification. Looking at it does not mark it read."""
    return _opened(id, raw=query["form"] == RAW)


@door.operation("POST", "/inbox/<id>/reading", scope=Scope.INBOX_WRITE, gives=OpenedSchema)
def read(id: str) -> Any:
    """Mark it read; once more changes nothing. Answers it as it is now."""
    readings.mark_one(user_id=_me(), id=id, now=runtime().now())
    return _opened(id)


@door.operation("DELETE", "/inbox/<id>/reading", scope=Scope.INBOX_WRITE, gives=OpenedSchema)
def unread(id: str) -> Any:
    """Mark it unread. Answers it as it is now."""
    readings.mark_one(user_id=_me(), id=id, now=runtime().now(), read=False)
    return _opened(id)


@door.operation(
    "POST", "/inbox/readings", scope=Scope.INBOX_WRITE, body=ReadingsSchema, gives=ChangedSchema, refuses=[404]
)
def mark(body: dict[str, Any]) -> Any:
    """Mark several. Where one of the ids is not in your inbox, none is marked."""
    now, read = runtime().now(), not body["unread"]
    if "ids" in body:
        return {"changed": readings.mark_many(user_id=_me(), ids=body["ids"], now=now, read=read)}
    until, showing = body.get("until", now), _showing(body["showing"])
    return {"changed": readings.mark_all(user_id=_me(), showing=showing, until=until, now=now, read=read)}


def _me() -> int:
    return caller().person.id


def _showing(asked: dict[str, Any]) -> Showing:
    read = asked.get("read")
    return Showing(
        unread=read is False, read=read is True, channel=asked.get("channel"), category=asked.get("category")
    )


def _opened(id: str, *, raw: bool = False) -> dict[str, Any]:
    it = notifications.get(user_id=_me(), id=id, now=runtime().now())
    ways = [{"medium": way.medium, "state": way.state, "sentence": plain(way.sentence)} for way in it.ways]
    sender = it.sender.username or it.sender.display_name
    return {**_told(it, raw=raw), "sender": sender, "why": plain(it.why), "ways": ways}


def _told(it: Kept | Opened, *, raw: bool) -> dict[str, Any]:
    return {**{name: getattr(it, name) for name in _SHOWN}, "text": it.body if raw else it.formatted}


_SHOWN = tuple(field for field in NotificationSchema._declared_fields if field != "text")
