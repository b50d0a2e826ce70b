"""What people and subscribers read of an event that another system published: subject, text, type and attributes."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.domain.cloud_event import CloudEvent
from webapp.domain.message import (
    ATTRIBUTE,
    LARGEST_BODY,
    LONGEST_ATTRIBUTE,
    LONGEST_SUBJECT,
    MOST_ATTRIBUTES,
)
from webapp.domain.text import problem_in_line

_LONGEST_TYPE = 50  # characters of a message's type
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MEANT = re.compile(r"([\\`*_{}\[\]<>#+!|~])")  # characters with a meaning in Markdown


def subject_of(event: CloudEvent) -> str:
    """One line: the event's own subject; or a subject or title in its data; or else its type."""
    found = (_SPACES.sub(" ", text).strip() for text in (event.subject or "", *_texts(event, "subject", "title")))
    subject = next(filter(None, found), event.type)
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"


def body_of(event: CloudEvent) -> str:
    """Markdown: the data if it is a text; a body, message or text in it; or else a list of all its fields."""
    told = [event.data] if isinstance(event.data, str) else _texts(event, "body", "message", "text")
    if body := next((text for text in told if text.strip()), ""):
        return body
    return _cut(_CONTROLS.sub("\ufffd", "\n".join(_listed(event))))


def type_of(event: CloudEvent) -> str:
    """The word for retry rules: com.example.Order.paid gives com_example_order_paid; only the end of it where it is too
    long."""
    word = re.sub(r"[^a-z0-9]+", "_", event.type.lower()).strip("_")
    word = re.sub(r"^[^a-z]+", "", word[-_LONGEST_TYPE:])
    return word or "event"


def attributes_of(event: CloudEvent) -> dict[str, str]:
    """What subscribers filter by, as text: the fields of the data that are no lists or objects; then the event's
    extensions, type and source, where no field has the same name. Names and values that are not valid attributes are
    left out, and so are values that are too long: a cut one would be another value."""
    own = {"type": event.type, "source": event.source, **event.extensions, **_fields(event)}
    fit = {name: text for name, value in own.items() if (text := _text(value)) is not None and _fits(name, text)}
    return dict(list(fit.items())[:MOST_ATTRIBUTES])


def _fields(event: CloudEvent) -> Mapping[str, Any]:
    return event.data if isinstance(event.data, Mapping) else {}


def _texts(event: CloudEvent, *names: str) -> list[str]:
    return [value for name in names if isinstance(value := _fields(event).get(name), str)]


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def _fits(name: str, text: str) -> bool:
    problem = problem_in_line(text, longest=LONGEST_ATTRIBUTE) if text.strip() else None
    return problem is None and re.fullmatch(ATTRIBUTE, name) is not None


def _listed(event: CloudEvent) -> Iterator[str]:
    match event.data:
        case Mapping() if event.data:
            yield from (f"- **{_plain(name)}**: {_shown(value)}" for name, value in event.data.items())
        case list() if event.data:
            yield from (f"- {_shown(value)}" for value in event.data)
        case bytes():
            kind = event.datacontenttype or "application/octet-stream"
            yield f"{_plain(event.type)}, with {len(event.data)} bytes of {_plain(kind)}."
        case bool() | int() | float():
            yield _shown(event.data)
        case _:
            yield f"{_plain(event.type)}, from {_plain(event.source)}."


def _shown(value: Any) -> str:
    """The value on one line; lists and objects as JSON."""
    if isinstance(value, str):
        return _plain(value)
    return _plain(json.dumps(value, ensure_ascii=False)) if value is not None else "–"


def _plain(text: str) -> str:
    """The text with Markdown's special characters escaped."""
    return _MEANT.sub(r"\\\1", _SPACES.sub(" ", text).strip())


def _cut(text: str) -> str:
    """The text, cut to the largest body that a message may have."""
    if len(text.encode(errors="replace")) <= LARGEST_BODY:
        return text
    return text.encode(errors="replace")[: LARGEST_BODY - 3].decode(errors="ignore") + "…"
