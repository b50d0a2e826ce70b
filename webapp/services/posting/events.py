"""Events of other systems: each is posted once, on the channel of the first mapping that matches."""

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

_ASKED = "event"  # stands for the request: an event is identified by its source and id alone


def publish(*, event: CloudEvent, user_id: int, username: str, now: datetime, limits: Limits = NO_LIMITS) -> Posted:
    """Post an event in a user's name. A repeated source and id gets the first answer again, even if the mappings or the
    event's other contents have changed.

    Raises NoMapping where no mapping matches, and what ``notifier.post`` raises without ``waits``.
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
    """The message for an event. Recipients who no longer exist are left out: the publisher cannot mend the mapping."""
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
