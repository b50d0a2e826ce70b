"""Posting: one transaction writes a message, a copy for every recipient, a delivery for each of their media, and one
for every subscriber that wants it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.medium import Medium
from webapp.domain.message import NotificationMessage
from webapp.domain.posters import may_post
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.domain.text import problem_in_line, storable
from webapp.extensions import db
from webapp.models import arrows
from webapp.models import subscriber as subscribers
from webapp.models._columns import table_of
from webapp.models._ids import new_id
from webapp.models.channel import Channel
from webapp.models.message import INBOX, PostingKey, add_post
from webapp.models.user import User
from webapp.services._times import Times, times
from webapp.services.posting import _fan_out
from webapp.services.posting._fan_out import Told
from webapp.services.posting._people import is_a_name, people

_NAMED_IN_AN_ERROR = 5
_SHOWN_OF_A_NAME = 50  # characters
_LONGEST_KEY = 200
_WHO = tuple(table_of(User).c["id", "username"])


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: the message's id, how many people it is for, and how many deliveries wait, for them and for
    subscribers."""

    id: str
    recipients: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class _Poster:
    """Who posts: a user, or Belfry itself under a name, without an id and a role."""

    name: str
    user_id: int | None = None
    role: Role | None = None

    @property
    def key(self) -> str:
        return f"system:{self.name}" if self.user_id is None else f"user:{self.user_id}"


def post(*, message: NotificationMessage, sender: str, now: datetime, key: str | None = None) -> Posted:
    """Post ``message`` in the name of the user ``sender``: all of it is written, durably, or nothing.

    With ``key`` (per poster) a repeated call gives the first answer again and posts nothing. Raises Refused naming the
    field: an unknown channel or recipient, a role that nobody has, a channel that the sender may not post on, text that
    cannot be carried, or a key that was used for something else.
    """
    message.check()
    user = db.session.scalar(select(User).where(User.username == sender, User.active)) if is_a_name(sender) else None
    if user is None:
        raise Refused({"sender": f"There is no active user named “{_shown(sender)}”."})
    return _post(message, _Poster(user.username, user.id, Role(user.role)), now=now, key=key)


def post_as_system(*, message: NotificationMessage, system: str, now: datetime, key: str | None = None) -> Posted:
    """Post in Belfry's own name, such as an alert to administrators; otherwise as ``post``."""
    message.check()
    return _post(message, _Poster(system), now=now, key=key)


def _post(message: NotificationMessage, poster: _Poster, *, now: datetime, key: str | None) -> Posted:
    if key is not None and (problem := problem_in_line(key, longest=_LONGEST_KEY)):
        raise Refused({"key": problem})
    asked = _fingerprint(message)
    if key and (answer := _answered(poster, key, asked)):
        return answer
    channel = _channel(message.channel, poster)
    why = {} if message.subscribers_only else _people(message)
    when = times(message, channel, now=now)
    row = _message_row(message, channel, poster, len(why), when)
    copies = [_copy(row, user_id, reason) for user_id, reason in why.items()]
    deliveries, immediate = _delivery_rows(row, copies, channel, when), channel.immediate
    try:
        with writing(db.session) as session:
            told = _fan_out.wanting(subscribers.asking(session, row["channel_id"], lock=True), message, when)
            posted = Posted(row["id"], len(copies), len(deliveries) + len(told))
            row |= {"counted": {**row["counted"], **_counted(told)}, "states_to": _states_to(session, poster)}
            add_post(session, row, copies, _key_row(poster, key, asked, posted))
            arrows.queue(session, deliveries, now=now, by=poster.name)
            arrows.queue(session, list(_fan_out.rows(row, told, when.due_at)), now=now, by=poster.name)
    except IntegrityError:
        # Somebody else has used the key since we looked: theirs is the answer. Nothing of ours was written.
        if key and (answer := _answered(poster, key, asked)):
            return answer
        raise
    signals.tell(signals.saved, message_id=posted.id)
    signals.tell(signals.posted, message_id=posted.id, immediate=immediate)
    return posted


def _fingerprint(message: NotificationMessage) -> str:
    """The request as it was given, before anything is resolved, so that a repeat is known as one."""
    given = asdict(message) | ({"at": None} if message.delay is not None else {})
    if not message.subscribers_only:
        del given["subscribers_only"]  # as it was before there were subscribers: keys are kept for months
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()


def _answered(poster: _Poster, key: str, asked: str) -> Posted | None:
    found = db.session.get(PostingKey, (poster.key, key))
    if found is None:
        return None
    if found.request_hash != asked:
        raise Refused({"key": "This key was used for another request: use a new one."})
    return Posted(**found.answer)


def _key_row(poster: _Poster, key: str | None, asked: str, posted: Posted) -> dict[str, Any] | None:
    if key is None:
        return None
    return {"poster": poster.key, "key": key, "request_hash": asked, "message_id": posted.id, "answer": asdict(posted)}


def _channel(name: str, poster: _Poster) -> Channel:
    channel = db.session.scalar(select(Channel).where(Channel.name == name)) if is_a_name(name) else None
    if channel is None:
        raise Refused({"channel": f"There is no channel named “{_shown(name)}”."})
    if poster.role and not may_post(channel.posters, username=poster.name, role=poster.role):
        raise Refused({"channel": f"You may not post on {channel.name}. An administrator can change who may."})
    return channel


def _people(message: NotificationMessage) -> Mapping[int, str]:
    """Why each of those it is for gets it, by their id."""
    found = people(db.session, message, _WHO)
    if unknown := found.unknown:
        named = ", ".join(f"“{_shown(name)}”" for name in unknown[:_NAMED_IN_AN_ERROR])
        more = f" and {len(unknown) - _NAMED_IN_AN_ERROR} more" if len(unknown) > _NAMED_IN_AN_ERROR else ""
        raise Refused({"recipients": f"There is nobody named {named}{more}."})
    if not found.why:
        raise Refused({"roles": f"Nobody active has the role {' or '.join(message.roles)}."})
    return found.why


def _shown(name: str) -> str:
    return storable(name, longest=_SHOWN_OF_A_NAME)


def _message_row(
    message: NotificationMessage, channel: Channel, poster: _Poster, copies: int, when: Times
) -> dict[str, Any]:
    return {
        "id": new_id(when.posted_at),
        "channel_id": channel.id,
        "type": message.type,
        "sender_id": poster.user_id,
        "system_sender": poster.name if poster.user_id is None else None,
        "subject": message.subject,
        "body": message.body,
        "link": message.link,
        "attributes": dict(message.attributes),
        "created_at": when.posted_at,
        "visible_at": when.visible_at,
        "expires_at": when.expires_at,
        "counted": {INBOX: copies, **{medium.medium: copies for medium in channel.media}},
    }


def _counted(told: Sequence[Told]) -> dict[str, int]:
    """Only where there are any: what nobody has subscribed to says nothing of subscribers."""
    return {Medium.WEBHOOK.value: len(told)} if told else {}


def _states_to(session: Session, poster: _Poster) -> int | None:
    return None if poster.user_id is None else subscribers.told_of_states(session, poster.user_id)


def _copy(message: Mapping[str, Any], user_id: int, why: str) -> dict[str, Any]:
    return {
        "id": new_id(message["created_at"]),
        "message_id": message["id"],
        "user_id": user_id,
        "channel_id": message["channel_id"],
        "created_at": message["created_at"],
        "visible_at": message["visible_at"],
        "starred": False,
        "why": why,
    }


def _delivery_rows(
    message: Mapping[str, Any], copies: Sequence[Mapping[str, Any]], channel: Channel, when: Times
) -> list[dict[str, Any]]:
    attempts = channel.policy.as_word().attempts_for(message["type"])
    return [
        {
            "id": new_id(message["created_at"]),
            "message_id": message["id"],
            "user_id": copy["user_id"],
            "notification_id": copy["id"],
            "channel_id": channel.id,
            "medium": medium.medium,
            "generation": 1,
            "failures": 0,
            "retries_left": attempts,
            "crashes": 0,
            "raises": 0,
            "due_at": when.due_at,
            "expires_at": message["expires_at"],
        }
        for copy in copies
        for medium in channel.media
    ]
