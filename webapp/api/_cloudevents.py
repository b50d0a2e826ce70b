"""Reading CloudEvents from HTTP: in a JSON body (structured), or in headers beside the data (binary).

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.exceptions import UnsupportedMediaType

from webapp.api._strict import read_json
from webapp.domain import cloud_event
from webapp.domain.cloud_event import CloudEvent
from webapp.domain.refusal import Refused

STRUCTURED = "application/cloudevents+json"
_ANY = "application/cloudevents"
_PREFIX = "ce-"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class NotOneEvent(UnsupportedMediaType):
    """Several events at once, or one in another form than JSON."""

    problem = "not_event"


def read(request: Request) -> CloudEvent:
    """The event in a request. Raises Refused; 400 for invalid JSON, and 415 for neither of the two forms."""
    if request.mimetype == STRUCTURED:
        return _structured(read_json(request.get_data()))
    if request.mimetype.startswith(_ANY):  # a batch, or another format
        raise NotOneEvent
    return _binary(request)


def _structured(found: Any) -> CloudEvent:
    if not isinstance(found, dict):
        raise Refused({"event": "One event is one object."})
    attributes = {name: value for name, value in found.items() if name not in {"data", "data_base64"}}
    data, encoded = found.get("data"), found.get("data_base64")
    if encoded is None:
        return cloud_event.read(attributes, data)
    if data is not None:
        raise Refused({"data": "An event has data or data_base64, not both."})
    media_type = attributes.get("datacontenttype")
    return cloud_event.read(attributes, _content(_decoded(encoded), media_type if isinstance(media_type, str) else ""))


def _decoded(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Refused({"data_base64": "This is not base64."}) from None


def _binary(request: Request) -> CloudEvent:
    """The event's ``datacontenttype`` is the content type of the body."""
    named = {name.lower(): value for name, value in request.headers if name.lower().startswith(_PREFIX)}
    attributes: dict[str, Any] = {name.removeprefix(_PREFIX): _unescaped(name, text) for name, text in named.items()}
    if "datacontenttype" in attributes:
        raise Refused({"datacontenttype": "The header Content-Type says this."})
    media_type = request.headers.get("Content-Type")
    body = request.get_data()
    return cloud_event.read(attributes | {"datacontenttype": media_type or None}, _content(body, media_type or ""))


def _unescaped(name: str, text: str) -> str:
    """A header's value, decoded: without quotation marks, and with percent-encoded characters such as %C3%A9."""
    if quoted := _QUOTED.fullmatch(text):
        text = re.sub(r"\\(.)", r"\1", quoted[1])
    try:
        return unquote_to_bytes(text.encode("ascii")).decode()
    except UnicodeError:
        raise Refused({name: "Printable ASCII, please, and all else as the %-escapes of its UTF-8."}) from None


def _content(body: bytes, media_type: str) -> Any:
    """The data: JSON parsed, text as text, anything else as it is."""
    kind = media_type.partition(";")[0].strip().lower()
    if not body:
        return None
    if kind == "application/json" or kind.endswith("+json"):
        return read_json(body)
    if kind.startswith("text/"):
        try:
            return body.decode()
        except UnicodeDecodeError:
            raise Refused({"data": "Text in UTF-8, please."}) from None
    return body
