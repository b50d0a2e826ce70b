"""What one posts, and what becomes of it."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from marshmallow import fields, validate

from webapp.api._door import Door, caller
from webapp.api._fields import Number, called
from webapp.api._keys import HEADER, KeyHeader
from webapp.api._posted import PostedSchema, answered, documented, limited
from webapp.api._schemas import Closed, Like, PageQuery, page_of
from webapp.api._values import Moment, medium, state
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.english import plain
from webapp.domain.message import (
    ATTRIBUTE,
    LARGEST_BODY,
    LONGEST_ATTRIBUTE,
    LONGEST_DELAY_S,
    LONGEST_LINK,
    LONGEST_SUBJECT,
    LONGEST_TTL_S,
    MOST_ATTRIBUTES,
    TYPE,
    NotificationMessage,
)
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.posting import cancelling, notifier, sent
from webapp.services.posting.sent import Entry, Recipient

door = Door("messages", __name__, description="What you post, and what becomes of it.")
_CALLED = {"ttl": "ttl_s", "delay": "delay_s", "key": HEADER}
_NAME = validate.Length(1, 50)


class NewMessageSchema(Closed):
    """What to post. It needs ``recipients`` or ``roles``, and has a time or a delay, not both."""

    channel = fields.String(required=True, validate=_NAME)
    recipients = fields.List(fields.String(validate=_NAME), load_default=[], metadata={"description": "Usernames."})
    roles = fields.List(
        fields.String(validate=validate.OneOf([role.value for role in Role])),
        load_default=[],
        metadata={"description": "Everybody active who has exactly this role when it is posted."},
    )
    subject = fields.String(required=True, validate=validate.Length(1, LONGEST_SUBJECT))
    body = fields.String(
        required=True, validate=validate.Length(1, LARGEST_BODY),
        metadata={"description": f"Markdown; at most {LARGEST_BODY} bytes in UTF-8."},
    )  # fmt: skip
    link = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, LONGEST_LINK),
        metadata={"description": "Where to read more or act: https://…"},
    )  # fmt: skip
    type = fields.String(
        load_default="message", validate=Like(f"^{TYPE}$"),
        metadata={"description": "A word for retry rules and filters."},
    )  # fmt: skip
    attributes = fields.Dict(
        keys=fields.String(validate=Like(f"^{ATTRIBUTE}$")),
        values=fields.String(validate=validate.Length(max=LONGEST_ATTRIBUTE)),
        load_default={},
        metadata={
            "description": "What subscribers choose by. Names are letters, digits and _, a letter first.",
            "maxProperties": MOST_ATTRIBUTES,
        },
    )
    at = Moment(
        load_default=None, allow_none=True, metadata={"description": "When it becomes visible; a time past is now."}
    )
    delay_s = Number(
        load_default=None, allow_none=True, validate=validate.Range(0, LONGEST_DELAY_S),
        metadata={"description": "How many seconds from now it becomes visible."},
    )  # fmt: skip
    ttl_s = Number(
        load_default=None, allow_none=True, validate=validate.Range(0, LONGEST_TTL_S, min_inclusive=False),
        metadata={
            "description": "For how many seconds from then on it may be sent; else as its channel says.",
            "exclusiveMinimum": 0,
        },
    )  # fmt: skip


def _of_each_state() -> dict[str, fields.Field]:
    return {
        state.value: fields.Integer(required=True, metadata={"description": state.sentence}) for state in DeliveryState
    }


class StateCountsSchema(Closed.from_dict(_of_each_state(), name="StateCounts")):
    """How many deliveries are in each state, those to subscribers with those to people."""


class MessageRowSchema(Closed):
    """A message as lists have it. ``final``: nothing more will happen to it by itself."""

    id = fields.String(required=True)
    channel = fields.String(required=True)
    type = fields.String(required=True)
    subject = fields.String(required=True)
    created_at = Moment(required=True)
    visible_at = Moment(required=True)
    recipients = fields.Integer(required=True, metadata={"description": "How many people it is for."})
    states = fields.Nested(StateCountsSchema, required=True)
    final = fields.Boolean(required=True)


class ToldSchema(Closed):
    """A subscriber that is told of it, and how that goes."""

    name = fields.String(required=True)
    state = state(required=True)
    sentence = fields.String(required=True)


class MessageSchema(MessageRowSchema):
    """A message."""

    body = fields.String(required=True)
    link = fields.String(required=True, allow_none=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expires_at = Moment(required=True)
    subscribers = fields.List(fields.Nested(ToldSchema), required=True)


class RecipientWaySchema(Closed):
    """How it goes by one medium. What people chose is not told apart."""

    medium = medium(required=True)
    state = state(required=True)
    sentence = fields.String(required=True, metadata={"description": "What became of it, and why."})


class RecipientSchema(Closed):
    """One person; no ``ways`` where the channel has the inbox only."""

    username = fields.String(required=True)
    display_name = fields.String(required=True)
    ways = fields.List(fields.Nested(RecipientWaySchema), required=True)


class RecipientsQuery(PageQuery):
    """Which recipients."""

    state = state(load_default=None, metadata={"description": "Only those with a delivery in this state."})


class CancelledSchema(Closed):
    """What was stopped."""

    cancelled = fields.Integer(required=True)
    on_their_way = fields.Integer(
        required=True, metadata={"description": "Deliveries that had left, or are leaving: nobody can call them back."}
    )


@door.operation(
    "POST",
    "/messages",
    scope=Scope.MESSAGES_WRITE,
    body=NewMessageSchema,
    gives=PostedSchema,
    status=201,
    refuses=["in_flight", "key_reused"],
)
@door.arguments(KeyHeader(), location="headers", arg_name="headers")
@door.doc(**documented(201))
def post(headers: dict[str, Any], body: dict[str, Any]) -> Any:
    """Post a message: all of it is written, or nothing. An editor may post where the channel lets them."""
    now, here = runtime().now(), caller().person
    with called(_CALLED), limited():
        posted = notifier.post(
            message=_message(body, now),
            sender=here.username,
            now=now,
            key=headers["key"],
            waits=False,
            limits=runtime().limits,
        )
    return answered(posted)


@door.operation("GET", "/messages", scope=Scope.MESSAGES_READ, query=PageQuery, gives=page_of(MessageRowSchema))
def index(query: dict[str, Any]) -> Any:
    """What you have posted, newest first."""
    me, now = caller().person.id, runtime().now()
    page = sent.page(user_id=me, now=now, after=query["after"] or None, limit=query["limit"])
    return {"items": [_row(entry) for entry in page.entries], "next": page.older}


@door.operation("GET", "/messages/<id>", scope=Scope.MESSAGES_READ, gives=MessageSchema)
def show(id: str) -> Any:
    """One message of yours, and how many of its deliveries stand how."""
    me, now = caller().person.id, runtime().now()
    it, told = sent.head(user_id=me, id=id, now=now)
    subscribers = [
        {"name": one.name, "state": one.way.state.value, "sentence": plain(one.way.sentence)} for one in told
    ]
    own = {"body": it.body, "link": it.link, "attributes": it.attributes, "expires_at": it.expires_at}
    return {**_row(it.entry), **own, "subscribers": subscribers}


@door.operation(
    "GET", "/messages/<id>/recipients", scope=Scope.MESSAGES_READ, query=RecipientsQuery,
    gives=page_of(RecipientSchema),
)  # fmt: skip
def recipients(id: str, query: dict[str, Any]) -> Any:
    """Whom a message of yours went to, by their usernames, and how it went for each."""
    state = DeliveryState(query["state"]) if query["state"] else None
    page = {"state": state, "after": query["after"] or None, "limit": query["limit"]}
    people, more = sent.recipients(user_id=caller().person.id, id=id, now=runtime().now(), **page)
    return {"items": [_recipient(one) for one in people], "next": more}


@door.operation("POST", "/messages/<id>/cancellation", scope=Scope.MESSAGES_WRITE, gives=CancelledSchema)
def cancel(id: str) -> Any:
    """Stop what has not left yet. Everybody keeps their copy in the inbox."""
    me = caller().person
    return asdict(cancelling.cancel(user_id=me.id, id=id, by=me.username, now=runtime().now()))


def _message(body: dict[str, Any], now: datetime) -> NotificationMessage:
    words = {name: it for name, it in body.items() if name not in {"at", "delay_s"}}
    lists = {name: tuple(dict.fromkeys(body[name])) for name in ("recipients", "roles")}
    message, at, delay_s = NotificationMessage(**{**words, **lists}), body["at"], body["delay_s"]
    if at and delay_s is not None:
        raise Refused({"delay": "Give a time or a delay, not both."})
    if delay_s is not None:
        return message.delayed(by=timedelta(seconds=delay_s), now=now)
    return message.scheduled(at=at) if at else message


def _row(entry: Entry) -> dict[str, Any]:
    counts = Counter({outcome.state: outcome.count for outcome in entry.outcomes})
    counts.update({outcome.state: outcome.count for outcome in entry.subscribers})
    names = ("id", "channel", "type", "subject", "created_at", "visible_at", "recipients", "final")
    states = {state.value: counts[state] for state in DeliveryState}
    return {name: getattr(entry, name) for name in names} | {"states": states}


def _recipient(one: Recipient) -> dict[str, Any]:
    ways = [{"medium": way.medium.value, "state": way.state.value, "sentence": plain(way.sentence)} for way in one.ways]
    return {"username": one.who.username, "display_name": one.who.display_name, "ways": ways}
