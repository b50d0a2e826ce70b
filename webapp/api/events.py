"""Events of other systems, published as CloudEvents."""

from typing import Any

from flask import request

from webapp.api import _cloudevents
from webapp.api._door import Door, caller
from webapp.api._fields import called
from webapp.api._posted import PostedSchema, answered, documented, limited
from webapp.domain.cloud_event import LONGEST
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.posting import events

door = Door("events", __name__, description="What other systems publish, in the form of CloudEvents 1.0.")
_CALLED = {"body": "data", "attributes": "data"}


def _text(name: str, words: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": LONGEST.get(name, 1000), "description": words}


_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"type": "string", "enum": ["1.0"]},
        "id": _text("id", "With its source it names the event: the same ones are posted once."),
        "source": {**_text("source", "Where it happened, a reference to a URI."), "pattern": r"^[!#-;=?-\[\]_a-z~]+$"},
        "type": {**_text("type", "What sort of thing happened."), "pattern": "^[ -~]+$"},
        "subject": _text("subject", "Becomes the message's subject."),
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string", "enum": ["application/json", "text/plain"]},
        "data": {"description": "A text becomes the message's; so does an object's “body”, “message” or “text”."},
    },
    "additionalProperties": False,
}
_BODY = {
    "required": True,
    "description": "In structured mode. In binary mode the headers ce-id, ce-source, … say the same, and the body is "
    "the data, in whatever type Content-Type says. Extension attributes are welcome in both.",
    "content": {_cloudevents.STRUCTURED: {"schema": _EVENT}},
}


@door.operation(
    "POST", "/events", scope=Scope.MESSAGES_WRITE, gives=PostedSchema, status=202, refuses=[409, 413, "not_event", 422]
)
@door.doc(requestBody=_BODY, **documented(202))
def publish() -> Any:
    """Post an event on the channel that the first matching mapping names, for whom that says.

    The message's attributes, which subscribers choose by, are the fields of its data, its extensions, type and source.
    """
    me = caller().person
    with called(_CALLED), limited():
        posted = events.publish(
            event=_cloudevents.read(request),
            user_id=me.id,
            username=me.username,
            now=runtime().now(),
            limits=runtime().limits,
        )
    return answered(posted)
