"""What is answered to a post, by whichever operation."""

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
    """What goes out, and where it can be followed; a header says where that had been answered before."""
    note_quotas(posted.quotas)
    replayed = {_REPLAYED: "true"} if posted.replayed else {}
    return posted.answer, {"Location": url_for("api_messages.show", id=posted.id), **replayed}


@contextmanager
def limited() -> Iterator[None]:
    """A post that is more than is left says so in the headers, too. Raises PostedTooMuch."""
    try:
        yield
    except PostedTooMuch as refused:
        note_quotas([refused.quota])
        raise


def documented(status: int) -> dict[str, Any]:
    """What the documentation says of those headers, for an operation that answers with ``status``."""
    return {"responses": {status: {"headers": {"Location": LOCATION, _REPLAYED: _SAID}}}}
