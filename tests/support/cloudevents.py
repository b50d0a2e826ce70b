"""The rules of CloudEvents 1.0 for a structured event in JSON, as its specification words them."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

REQUIRED = ("specversion", "id", "source", "type")
_NAME = re.compile(r"[a-z0-9]{1,20}")
_MEDIA_TYPE = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+\w-]+(; ?[\w-]+=[\w-]+)*", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", re.ASCII)


def faults(event: dict[str, Any]) -> list[str]:
    """The violations of the specification, each in a few words; empty for a valid CloudEvent."""
    return [*_missing(event), *_badly_named(event), *_badly_typed(event), *_malformed(event)]


def _missing(event: dict[str, Any]) -> Iterator[str]:
    yield from (f"no {name}" for name in REQUIRED if not event.get(name))
    if {"data", "data_base64"} <= event.keys():
        yield "both data and data_base64"


def _badly_named(event: dict[str, Any]) -> Iterator[str]:
    yield from (f"name {name}" for name in _attributes(event) if not _NAME.fullmatch(name))


def _badly_typed(event: dict[str, Any]) -> Iterator[str]:
    for name, value in _attributes(event).items():
        if isinstance(value, str) and any(map(_forbidden, value)):
            yield f"{name} has a character that no attribute may have"
        elif not isinstance(value, (str, bool, int)):
            yield f"{name} is of no type that attributes have"


def _forbidden(character: str) -> bool:
    code = ord(character)
    control = code <= 0x1F or 0x7F <= code <= 0x9F
    surrogate = 0xD800 <= code <= 0xDFFF
    return control or surrogate or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _malformed(event: dict[str, Any]) -> Iterator[str]:
    if event.get("specversion") != "1.0":
        yield "another specversion"
    if not _URI_REFERENCE.fullmatch(event["source"]) or urlsplit(event["source"]) is None:
        yield "source is no URI-reference"
    if "subject" in event and not event["subject"]:
        yield "an empty subject"
    if "datacontenttype" in event and not _MEDIA_TYPE.fullmatch(event["datacontenttype"]):
        yield "datacontenttype is no media type"
    if "time" in event and not (_RFC3339.fullmatch(event["time"]) and datetime.fromisoformat(event["time"]).tzinfo):
        yield "time is none of RFC 3339"


def _attributes(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("data", "data_base64")}
