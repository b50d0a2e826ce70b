"""An Envelope as JSON. Its schema is docs/providers/http-body.schema.json; both only ever gain fields."""

import json
from functools import lru_cache

from webapp.domain.envelope import Envelope

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def written(envelope: Envelope) -> bytes:
    """The body, in UTF-8."""
    about = {
        "id": envelope.id,
        "medium": envelope.medium,
        "to": envelope.address,
        "recipient": envelope.recipient,
        "sender": envelope.sender,
        "channel": envelope.channel,
        "subject": envelope.subject,
    }
    further = {
        "created_at": envelope.created_at.isoformat(),
        "replaces": envelope.replaces,
        "message_id": envelope.message_id,
        "unsubscribe": envelope.unsubscribe,
        "headers": dict(envelope.headers),
    }
    return f"{_json(about)[:-1]},{_texts(envelope)},{_json(further)[1:]}".encode("utf-8", "replace")


def _texts(envelope: Envelope) -> str:
    text, html = envelope.text, envelope.html
    in_text, in_html = envelope.shared or (len(text), len(html or ""))
    return f'"text":{_string(text, in_text)},"html":{"null" if html is None else _string(html, in_html)}'


def _string(text: str, shared: int) -> str:
    """JSON's string of a text of which others get the first ``shared`` characters, too."""
    return _begun(text[:shared])[:-1] + _json(text[shared:])[1:]


@lru_cache(maxsize=64)
def _begun(text: str) -> str:
    return _json(text)
