"""The channels that there are, and which of them one may post on."""

from typing import Any

from marshmallow import fields

from webapp.api._door import Door, caller
from webapp.api._listing import page_by
from webapp.api._schemas import Closed, PageQuery, page_of
from webapp.api._values import medium
from webapp.domain.posters import may_post
from webapp.domain.scope import Scope
from webapp.services.posting import channels
from webapp.services.posting.channels import ChannelView

door = Door("channels", __name__, description="The named streams that people post on.")


class ChannelSchema(Closed):
    """A channel and how what is posted on it travels."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    media = fields.List(medium(), required=True, metadata={"description": "By what it is sent beside the inbox."})
    immediate = fields.Boolean(required=True)
    every_s = fields.Integer(
        required=True,
        metadata={"description": "It is sent at the multiples of so many seconds; 0 if it does not wait."},
    )
    policy = fields.String(required=True, metadata={"description": "The retry policy."})
    ttl_s = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "What is not sent by then is cancelled; null: default."},
    )
    keep_months = fields.Integer(
        required=True, allow_none=True, metadata={"description": "After so many it is forgotten; null: the default."}
    )
    at_most_once = fields.Boolean(
        required=True, metadata={"description": "What may have arrived is never repeated by itself; else it is."}
    )
    formatter = fields.String(required=True, allow_none=True, metadata={"description": "Null: the one that fits it."})
    required = fields.Boolean(required=True, metadata={"description": "Whether everybody gets it whatever they want."})
    filter_keys = fields.List(fields.String(), required=True)
    may_post = fields.Boolean(required=True, metadata={"description": "Whether you may post on it."})


@door.operation("GET", "/channels", scope=Scope.CHANNELS_READ, query=PageQuery, gives=page_of(ChannelSchema))
def index(query: dict[str, Any]) -> Any:
    """The channels, in the order of their names."""
    return page_by(channels.listed(), query, name=lambda it: it.name, told=_told)


@door.operation("GET", "/channels/<name>", scope=Scope.CHANNELS_READ, gives=ChannelSchema)
def show(name: str) -> Any:
    """One channel."""
    return _told(channels.get(name=name))


def _told(view: ChannelView) -> dict[str, Any]:
    me = caller().person
    allowed = may_post(view.posters, username=me.username, role=me.role)
    return {**view.told(), "name": view.name, "may_post": allowed}
