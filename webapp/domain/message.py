"""NotificationMessage: what somebody wants to post, checked by itself before anything else is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from webapp.domain.refusal import Refused
from webapp.domain.text import problem_in_body, problem_in_line

LONGEST_SUBJECT = 200  # characters
LARGEST_BODY = 64 * 1024  # bytes of UTF-8
LONGEST_LINK = 2000  # characters, what browsers and mail clients agree on
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationMessage:
    """``recipients`` are usernames; ``at`` is an aware UTC datetime (None: now); ``ttl_s`` seconds from then.

    ``delay`` is what ``at`` was resolved from, where it was a delay: a repeated request has the same one.
    ``body`` is Markdown. ``type`` is a word for retry rules and filters.
    """

    channel: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    link: str | None = None
    type: str = "message"
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    delay: timedelta | None = None
    ttl_s: float | None = None

    def scheduled(self, *, at: datetime) -> "NotificationMessage":
        """The same message, visible at or after ``at``. A time in the past means now."""
        return replace(self, at=at, delay=None)

    def delayed(self, *, by: timedelta, now: datetime) -> "NotificationMessage":
        """The same message, visible ``by`` after ``now``: a delay is resolved when it is posted."""
        return replace(self, at=now + by, delay=by)

    def check(self) -> None:
        """Raises Refused naming every field that cannot be posted as it is."""
        problems = {
            "recipients": None if self.recipients else "Name at least one recipient.",
            "subject": problem_in_line(self.subject, longest=LONGEST_SUBJECT),
            "body": problem_in_body(self.body, largest=LARGEST_BODY),
            "link": _problem_in_link(self.link),
            "type": None if _TYPE.fullmatch(self.type) else "A word of small letters, digits and _, please.",
            "at": "Give the time with its zone." if self.at and self.at.tzinfo is None else None,
            "ttl": "More than zero seconds, please." if self.ttl_s is not None and not self.ttl_s > 0 else None,
        }
        found = {name: text for name, text in problems.items() if text}
        if found:
            raise Refused(found)


def _problem_in_link(link: str | None) -> str | None:
    if link is None:
        return None
    if problem := problem_in_line(link, longest=LONGEST_LINK):
        return problem
    try:
        parts = urlsplit(link)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        sound = False
    return None if sound else "A link starts with https:// or http:// and names a host."
