"""CloudEvent: an event of another system, in the common format CloudEvents 1.0.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.domain import rfc3339
from webapp.domain.event import NOT_IN_ATTRIBUTES
from webapp.domain.refusal import refuse_if

LONGEST: Mapping[str, int] = {"id": 1000, "source": 500, "type": 200, "subject": 1000}  # characters
LONGEST_NAME, LONGEST_VALUE = 50, 1000
_REQUIRED = ("specversion", "id", "source", "type")
_OPTIONAL = ("subject", "time", "datacontenttype", "dataschema")
_NAME = re.compile(rf"[a-z0-9]{{1,{LONGEST_NAME}}}")
_REFERENCE = re.compile(r'[^\s<>"{}|\\^`]+')
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:" + _REFERENCE.pattern)
_MEDIA_TYPE = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+\w-]+(\s*;.*)?", re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """``source`` and ``id`` together identify an event: if both are equal, it is the same. ``data`` is a JSON value,
    text, or bytes; None where there is none."""

    id: str
    source: str
    type: str
    subject: str | None = None
    datacontenttype: str | None = None
    extensions: Mapping[str, str | int | bool] = field(default_factory=dict)
    data: Any = None


def read(attributes: Mapping[str, Any], data: Any) -> CloudEvent:
    """The event with these context attributes; one that is null counts as missing. Raises Refused, naming each
    attribute that is not valid."""
    given = {name: value for name, value in attributes.items() if value is not None}
    missing = {name: "This is missing." for name in _REQUIRED if name not in given}
    refuse_if({**missing, **{name[:LONGEST_NAME]: _problem(name, value) for name, value in given.items()}})
    extensions = {name: value for name, value in given.items() if name not in {*_REQUIRED, *_OPTIONAL}}
    known = {name: given.get(name) for name in ("id", "source", "type", "subject", "datacontenttype")}
    return CloudEvent(**known, extensions=extensions, data=data)  # pyright: ignore[reportArgumentType]


def _problem(name: str, value: Any) -> str | None:
    if name == "data" or not _NAME.fullmatch(name):
        return "An attribute's name has small letters and digits only."
    if name not in {*_REQUIRED, *_OPTIONAL} and isinstance(value, bool | int):
        return None if -(2**31) <= value < 2**31 else "Whole numbers of 32 bits, please."
    if not isinstance(value, str):
        return "Text, please." if name in {*_REQUIRED, *_OPTIONAL} else "Text, a whole number, true or false, please."
    return _problem_in_text(name, value)


def _problem_in_text(name: str, value: str) -> str | None:
    if not value and name in {*_REQUIRED, *_OPTIONAL}:
        return "Please fill this in, or leave it out."
    if len(value) > (most := LONGEST.get(name, LONGEST_VALUE)):
        return f"At most {most} characters, please: this has {len(value)}."
    if NOT_IN_ATTRIBUTES.search(value) or _SURROGATES.search(value):
        return "It contains a character that no attribute may have."
    return _problem_in_form(name, value)


def _problem_in_form(name: str, value: str) -> str | None:
    match name:
        case "specversion":
            return None if value == "1.0" else "Belfry reads version 1.0."
        case "source":
            return None if _REFERENCE.fullmatch(value) else "A reference to a URI, please: https://…, urn:…, or a path."
        case "dataschema":
            return None if _URI.fullmatch(value) else "A whole URI, please."
        case "datacontenttype":
            return None if _MEDIA_TYPE.fullmatch(value) else "A media type, please, such as application/json."
        case "time":
            return None if _is_a_time(value) else "A time as RFC 3339 has it, please: 2026-03-02T09:00:00Z."
    return None


def _is_a_time(text: str) -> bool:
    try:
        rfc3339.read(text)
    except ValueError:
        return False
    return True
