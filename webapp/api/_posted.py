"""The answer to a post, the same for all operations that post."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import url_for
from marshmallow import fields

from webapp.api._admission import note_quotas
from webapp.api._door import LOCATION
from webapp.api._schemas import Closed
from webapp.services.posting.limits import PostedTooMuch
from webapp.services.posting.notifier import Posted

_REPLAYED = "Idempotent-Replayed"
_SAID = {"description": "“true”: this had been done before.", "schema": {"type": "string", "enum": ["true"]}}


class PostedSchema(Closed):
    """What was posted."""

    id = fields.String(required=True)
    recipients = fields.Integer(required=True, metadata={"description": "How many people it is for."})
    deliveries = fields.Integer(required=True, metadata={"description": "How many deliveries were queued."})


def answered(posted: Posted) -> tuple[dict[str, Any], dict[str, str]]:
    """The body, and headers: where the message can be followed, and whether this is a repeated answer."""
    note_quotas(posted.quotas)
    replayed = {_REPLAYED: "true"} if posted.replayed else {}
    return posted.answer, {"Location": url_for("api_messages.show", id=posted.id), **replayed}


@contextmanager
def limited() -> Iterator[None]:
    """Adds the quota that a refused post exceeded to the rate headers. Raises PostedTooMuch."""
    try:
        yield
    except PostedTooMuch as refused:
        note_quotas([refused.quota])
        raise


def documented(status: int) -> dict[str, Any]:
    """The documentation of those headers, for an operation that answers with ``status``."""
    return {"responses": {status: {"headers": {"Location": LOCATION, _REPLAYED: _SAID}}}}
