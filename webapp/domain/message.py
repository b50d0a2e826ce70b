"""NotificationMessage: what somebody wants to post; checked by itself, without the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from webapp.domain.clock import can_be_reckoned
from webapp.domain.refusal import Refused, refuse_if
from webapp.domain.role import Role
from webapp.domain.text import problem_in_body, problem_in_line, storable

LONGEST_SUBJECT = 200  # characters
LARGEST_BODY = 64 * 1024  # bytes of UTF-8
LONGEST_LINK = 2000  # characters, what browsers and mail clients agree on
MOST_ATTRIBUTES = 50
LONGEST_ATTRIBUTE = 1000  # characters
LONGEST_TTL_S = LONGEST_DELAY_S = 10.0 * 365 * 86400
_TOO_FAR = "This is further away than Belfry can reckon."
TYPE = r"[a-z][a-z0-9_]{0,49}"
ATTRIBUTE = r"[A-Za-z][A-Za-z0-9_]{0,49}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationMessage:
    """``recipients`` are usernames; ``roles`` means everybody active with one of these very roles at the time of
    posting.

    ``at`` is an aware datetime (None: now); ``ttl_s`` is in seconds from then. ``delay`` is set where ``at`` was
    computed from a delay: a repeated request has the same delay, but another ``at``. ``body`` is Markdown. ``type`` is
    a word for retry rules and filters. ``subscribers_only``: it is for no person, only for the channel's subscribers
    that want it, even if there are none.
    """

    channel: str
    subject: str
    body: str
    recipients: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    link: str | None = None
    type: str = "message"
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    delay: timedelta | None = None
    ttl_s: float | None = None
    subscribers_only: bool = False

    def scheduled(self, *, at: datetime) -> "NotificationMessage":
        """The same message, visible at or after ``at``. A time in the past means now."""
        return replace(self, at=at, delay=None)

    def delayed(self, *, by: timedelta, now: datetime) -> "NotificationMessage":
        """The same message, visible ``by`` after ``now``, which is computed here, at posting. Raises Refused where that
        is too far ahead."""
        try:
            return replace(self, at=now + by, delay=by)
        except OverflowError:
            raise Refused({"delay": _TOO_FAR}) from None

    def check(self) -> None:
        """Raises Refused naming every field that is not valid."""
        refuse_if(
            {
                "recipients": self._problem_in_recipients(),
                "roles": None if set(self.roles) <= set(Role) else f"One of {', '.join(Role)}, please.",
                "subject": problem_in_line(self.subject, longest=LONGEST_SUBJECT),
                "body": problem_in_body(self.body, largest=LARGEST_BODY),
                "link": _problem_in_link(self.link),
                "type": None if re.fullmatch(TYPE, self.type) else "A word of small letters, digits and _, please.",
                "attributes": _problem_in_attributes(self.attributes),
                "at": _problem_in_time(self.at),
                "ttl": _problem_in_ttl(self.ttl_s),
            }
        )

    def _problem_in_recipients(self) -> str | None:
        people = bool(self.recipients or self.roles)
        if self.subscribers_only:
            return "It is for subscribers only: name nobody." if people else None
        return None if people else "Name at least one recipient."


def _problem_in_attributes(attributes: Mapping[str, str]) -> str | None:
    if len(attributes) > MOST_ATTRIBUTES:
        return f"At most {MOST_ATTRIBUTES} of them, please."
    if strange := [name for name in attributes if not re.fullmatch(ATTRIBUTE, name)]:
        name = storable(strange[0], longest=50)
        return f"“{name}” cannot be the name of one: letters, digits and _, please, and a letter first."
    filled = ((name, problem_in_line(it, longest=LONGEST_ATTRIBUTE)) for name, it in attributes.items() if it.strip())
    return next((f"{name}: {problem}" for name, problem in filled if problem), None)


def _problem_in_time(at: datetime | None) -> str | None:
    if at is None:
        return None
    if at.tzinfo is None:
        return "Give the time with its zone."
    return None if can_be_reckoned(at) else _TOO_FAR


def _problem_in_ttl(ttl_s: float | None) -> str | None:
    if ttl_s is None or 0 < ttl_s <= LONGEST_TTL_S:
        return None
    return _TOO_FAR if ttl_s > LONGEST_TTL_S else "More than zero seconds, please."


def _problem_in_link(link: str | None) -> str | None:
    if link is None:
        return None
    if problem := problem_in_line(link, longest=LONGEST_LINK):
        return problem
    if any(map(str.isspace, link)):  # in a mail's text, the link would end there
        return "A link has no spaces: write each of them as %20."
    try:
        parts = urlsplit(link)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        sound = False
    return None if sound else "A link starts with https:// or http:// and names a host."
