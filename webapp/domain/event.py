"""Event: a message as subscribers get it: JSON in one of two forms.

The same event in the same form always gives the same text, so that it is stored once for all who receive it. The schema
of the plain form is docs/webhook-body.schema.json. Both forms only ever gain fields, after the existing ones.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

_SPECVERSION = "1.0"
# What no attribute of a CloudEvent may contain: control characters, and the 66 noncharacters of Unicode.
_NO_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
NOT_IN_ATTRIBUTES = re.compile(f"[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef{_NO_CHARACTERS}]")


class Form(StrEnum):
    """How an event is written: as Belfry's own fields, or as a CloudEvent with these as its data."""

    PLAIN = "plain"
    CLOUDEVENTS = "cloudevents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message. ``id`` is the message's, the same for every subscriber; ``body`` is Markdown.

    ``sender`` is a display name. ``visible_at`` is when it was to become visible, which may be later than
    ``created_at``.
    """

    id: str
    type: str
    category: str | None = None
    channel: str
    subject: str
    body: str
    link: str | None = None
    sender: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    visible_at: datetime

    def text(self, form: Form, *, source: str) -> str:
        """The JSON that is posted. ``source`` is this installation's public address, or nothing where it has none."""
        parts = self._plain() if form is Form.PLAIN else self._cloud_event(source)
        written = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return written.encode("utf-8", "replace").decode()

    def _plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.type,
            "category": self.category,
            "channel": self.channel,
            "subject": self.subject,
            "body": self.body,
            "link": self.link,
            "sender": self.sender,
            "attributes": dict(sorted(self.attributes.items())),
            "created_at": _rfc3339(self.created_at),
            "visible_at": _rfc3339(self.visible_at),
        }

    def _cloud_event(self, source: str) -> dict[str, Any]:
        """In structured mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md."""
        subject = NOT_IN_ATTRIBUTES.sub(" ", self.subject).strip()
        return {
            "specversion": _SPECVERSION,
            "id": self.id,
            "source": f"{source.rstrip('/')}/channels/{quote(self.channel)}",
            "type": f"belfry.message.{self.type}",
            **({"subject": subject} if subject else {}),  # it is optional, and never empty
            "time": _rfc3339(self.created_at),
            "datacontenttype": "application/json",
            "data": self._plain(),
        }


def content_type(text: str) -> str:
    """The content type of what ``Event.text`` wrote, told by its beginning: the subscriber's form may have changed
    since."""
    return "application/cloudevents+json" if text.startswith('{"specversion":') else "application/json"


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
