"""An Envelope as JSON. Its schema is docs/providers/http-body.schema.json; both only ever gain fields."""

import json

from webapp.domain.envelope import Envelope


def written(envelope: Envelope) -> bytes:
    """The body, in UTF-8."""
    parts = {
        "id": envelope.id,
        "medium": envelope.medium,
        "to": envelope.address,
        "recipient": envelope.recipient,
        "sender": envelope.sender,
        "channel": envelope.channel,
        "subject": envelope.subject,
        "text": envelope.text,
        "html": envelope.html,
        "created_at": envelope.created_at.isoformat(),
        "replaces": envelope.replaces,
        "message_id": envelope.message_id,
        "unsubscribe": envelope.unsubscribe,
        "headers": dict(envelope.headers),
    }
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
