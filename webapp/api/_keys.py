"""The header Idempotency-Key: a request that is sent again with the same key is carried out only once.

As in draft-ietf-httpapi-idempotency-key-header, where a key is in quotation marks; these may be left out.
"""

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from webapp.api._schemas import Like

HEADER = "Idempotency-Key"
LONGEST = 200  # characters
_QUOTED = r'"(?:[ !#-\[\]-~]|\\["\\])+"'  # a string of RFC 8941
_ESCAPED = re.compile(r"\\(.)")


class KeyHeader(Schema):
    """What a request is known by, as ``key``."""

    class Meta:
        """There are other headers."""

        unknown = EXCLUDE

    key = fields.String(
        data_key=HEADER,
        load_default=None,
        validate=[
            validate.Length(1, LONGEST),
            Like(rf"^(?:[!#-~][ -~]*|{_QUOTED})$", error="Printable characters of ASCII, please."),
        ],
        metadata={"description": "Of your choosing. A request that is sent again under its key is done once."},
    )

    @post_load
    def _unquoted(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        word = data["key"]
        return {"key": _ESCAPED.sub(r"\1", word[1:-1]) if word and word.startswith('"') else word}
