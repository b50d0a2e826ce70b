"""Events of other systems: each becomes a message on the channel that the first matching mapping names, once."""

import hashlib
import json
from datetime import datetime

from webapp.domain import event_words as words
from webapp.domain.cloud_event import CloudEvent
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import NoMapping
from webapp.services.posting import mappings, notifier
from webapp.services.posting.limits import NO_LIMITS, Limits
from webapp.services.posting.mappings import MappingView
from webapp.services.posting.notifier import Posted

_ASKED = "event"  # whatever else it says: its source and id are all that it is known by


def publish(*, event: CloudEvent, user_id: int, username: str, now: datetime, limits: Limits = NO_LIMITS) -> Posted:
    """Post an event in somebody's name. One with the same source and id gets the first answer again, also where the
    mappings have changed since, or it says something else.

    Raises NoMapping where none takes it, and what ``notifier.post`` raises without waiting.
    """
    key = _key(event)
    if posted := notifier.posted_under(user_id=user_id, key=key, asked=_ASKED):
        return posted
    rule = mappings.taking(type=event.type, source=event.source)
    if rule is None:
        told = f"No mapping takes events of the type “{event.type}” from “{event.source}”."
        raise NoMapping({"type": f"{told} An administrator can add one at /mappings."})
    return notifier.post(
        message=_message(event, rule), sender=username, now=now, key=key, waits=False, asked=_ASKED, limits=limits
    )


def _key(event: CloudEvent) -> str:
    named = json.dumps([event.source, event.id]).encode()
    return f"event:{hashlib.sha256(named).hexdigest()}"


def _message(event: CloudEvent, rule: MappingView) -> NotificationMessage:
    """Whoever publishes knows nothing of the mapping's people: that some of them are gone is not theirs to mend."""
    roles, people = mappings.still_there([rule])[rule.id]
    return NotificationMessage(
        channel=rule.channel,
        recipients=people,
        roles=roles,
        subscribers_only=not (roles or people),
        subject=words.subject_of(event),
        body=words.body_of(event),
        type=words.type_of(event),
        attributes=words.attributes_of(event),
    )
