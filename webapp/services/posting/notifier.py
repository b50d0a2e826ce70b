"""Posting: one transaction writes a message, a copy for each recipient, a delivery for each of their media, and one for
each subscriber whose filters match."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.medium import Medium
from webapp.domain.message import NotificationMessage
from webapp.domain.posters import may_post
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.domain.text import storable
from webapp.extensions import db
from webapp.models import arrows, planning
from webapp.models import channel as channels
from webapp.models import subscriber as subscribers
from webapp.models._columns import table_of
from webapp.models._ids import new_id
from webapp.models.channel import PostedOn
from webapp.models.due import due_now
from webapp.models.message import INBOX, add_post
from webapp.models.user import User
from webapp.services._times import Times, times
from webapp.services.posting import _fan_out
from webapp.services.posting._fan_out import SubscriberDelivery
from webapp.services.posting._once import Key, Posted, alone, fingerprint
from webapp.services.posting._people import Found, is_a_name, people
from webapp.services.posting.limits import NO_LIMITS, Limits
from webapp.services.posting.limits import use as limit

__all__ = ["Posted", "post", "post_as_system", "posted_under"]

_NAMED_IN_AN_ERROR = 5
_SHOWN_OF_A_NAME = 50  # characters
_WHO = tuple(table_of(User).c["id", "username", "role", "active"])


@dataclass(frozen=True, slots=True)
class _Poster:
    """Who posts: a user, or Belfry itself under a system name, without an id and a role."""

    name: str
    user_id: int | None = None
    role: Role | None = None

    @property
    def key(self) -> str:
        return f"system:{self.name}" if self.user_id is None else f"user:{self.user_id}"


def post(
    *,
    message: NotificationMessage,
    sender: str,
    now: datetime,
    key: str | None = None,
    waits: bool = True,
    asked: str | None = None,
    limits: Limits = NO_LIMITS,
) -> Posted:
    """Post ``message`` in the name of the user ``sender``: all of it is written, durably, or nothing.

    With an idempotency ``key`` (per poster), a repeated call returns the first answer, posts nothing and is not
    counted. ``asked`` identifies the request; by default it is the whole message. Of two calls at the same moment the
    later one waits, or without ``waits`` raises InFlight.

    Raises Refused naming the field: an unknown channel or recipient, a role that nobody has, a channel that the sender
    may not post on, text that cannot be carried, a time to live that ends before the channel's first try. Raises
    KeyReused where the key was used for another request, and PostedTooMuch where the sender has reached one of the
    ``limits``.
    """
    message.check()
    found = people(db.session, message, _WHO, sender=sender)
    if not (found.sender and found.sender["active"]):
        raise Refused({"sender": f"There is no active user named “{_shown(sender)}”."})
    poster = _Poster(sender, found.sender["id"], Role(found.sender["role"]))
    once = None if key is None else Key(poster.key, key, asked or fingerprint(message), waits)
    return _post(message, poster, found, now=now, once=once, limits=limits)


def posted_under(*, user_id: int, key: str, asked: str) -> Posted | None:
    """The answer to a user's earlier request under a key, or None. Raises KeyReused as ``post`` does."""
    return Key(_Poster("", user_id).key, key, asked).answered()


def post_as_system(*, message: NotificationMessage, system: str, now: datetime, key: str | None = None) -> Posted:
    """Post in Belfry's own name, such as an alert to administrators; otherwise as ``post``, but without limits."""
    message.check()
    poster, found = _Poster(system), people(db.session, message, _WHO)
    once = None if key is None else Key(poster.key, key, fingerprint(message))
    return _post(message, poster, found, now=now, once=once, limits=NO_LIMITS)


def _post(
    message: NotificationMessage, poster: _Poster, found: Found, *, now: datetime, once: Key | None, limits: Limits
) -> Posted:
    with alone(once):
        if once and (answer := _answered(once)):
            return answer
        channel = _channel(message.channel, poster)
        why = {} if message.subscribers_only else _why(message, found)
        when = times(message, channel, now=now)
        row = _message_row(message, channel, poster, len(why), when)
        copies = [_copy(row, user_id, reason) for user_id, reason in why.items()]
        deliveries, immediate = _delivery_rows(row, copies, channel, when), channel.immediate
        with writing(db.session) as session:
            if once and (answer := _taken(session, once)):
                return answer
            quotas = limit(session, poster=poster.key, recipients=len(copies), limits=limits, now=now)
            told = _fan_out.wanting(subscribers.asking(session, row["channel_id"], lock=True), message, when)
            posted = Posted(row["id"], len(copies), len(deliveries) + len(told), quotas=quotas)
            if posted.deliveries:
                _check_living(message, when)
            row["counted"] |= _counted(told)
            add_post(session, row, copies, once.row(posted) if once else None)
            deliveries += _fan_out.rows(row, told, when.due_at)
            arrows.queue(session, deliveries, now=now, by=poster.name)
            if immediate and when.due_at <= now:
                due_now(session, DeliveryState.QUEUED)
            if posted.deliveries >= planning.LARGE:
                planning.ask(session, now=now)
    signals.tell(signals.saved, message_id=posted.id)
    signals.tell(signals.posted, message_id=posted.id, immediate=immediate)
    return posted


def _answered(once: Key) -> Posted | None:
    once.check()
    return once.answered()


def _taken(session: Session, once: Key) -> Posted | None:
    """The answer to an earlier request under this key, which is locked from here on."""
    once.take(session)
    return once.answered()


def _channel(name: str, poster: _Poster) -> PostedOn:
    channel = channels.posted_on(db.session, name) if is_a_name(name) else None
    if channel is None:
        raise Refused({"channel": f"There is no channel named “{_shown(name)}”."})
    if poster.role and not may_post(channel.posters, username=poster.name, role=poster.role):
        raise Refused({"channel": f"You may not post on {channel.name}. An administrator can change who may."})
    return channel


def _why(message: NotificationMessage, found: Found) -> Mapping[int, str]:
    """Why each recipient gets it, by their id."""
    if unknown := found.unknown:
        named = ", ".join(f"“{_shown(name)}”" for name in unknown[:_NAMED_IN_AN_ERROR])
        more = f" and {len(unknown) - _NAMED_IN_AN_ERROR} more" if len(unknown) > _NAMED_IN_AN_ERROR else ""
        raise Refused({"recipients": f"There is nobody named {named}{more}."})
    if not found.why:
        raise Refused({"roles": f"Nobody active has the role {' or '.join(message.roles)}."})
    return found.why


def _check_living(message: NotificationMessage, when: Times) -> None:
    """Of a time to live that is the channel's or a policy's, this was checked where that was set."""
    if message.ttl_s and when.expires_at <= when.due_at:
        batch = f"{when.due_at:%Y-%m-%d %H:%M:%S} UTC"
        told = f"It would expire before this channel, which sends in batches, is tried: that is at {batch}."
        raise Refused({"ttl": f"{told} Give it longer to live, or post on a channel that does not batch."})


def _shown(name: str) -> str:
    return storable(name, longest=_SHOWN_OF_A_NAME)


def _message_row(
    message: NotificationMessage, channel: PostedOn, poster: _Poster, copies: int, when: Times
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
        "counted": {INBOX: copies, **dict.fromkeys(channel.media, copies)},
    }


def _counted(told: Sequence[SubscriberDelivery]) -> dict[str, int]:
    """Omitted where there are none: without subscribers a message says nothing about them."""
    return {Medium.WEBHOOK.value: len(told)} if told else {}


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
    message: Mapping[str, Any], copies: Sequence[Mapping[str, Any]], channel: PostedOn, when: Times
) -> list[dict[str, Any]]:
    attempts = channel.policy.attempts_for(message["type"])
    return [
        {
            "id": new_id(message["created_at"]),
            "message_id": message["id"],
            "user_id": copy["user_id"],
            "subscriber_id": None,
            "notification_id": copy["id"],
            "channel_id": channel.id,
            "medium": medium,
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
