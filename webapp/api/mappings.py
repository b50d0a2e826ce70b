"""Mappings, for administrators: which events are posted on which channel, and for whom."""

from typing import Any

from flask import url_for
from marshmallow import fields, validate

from webapp.api._door import Door, caller
from webapp.api._plugins import version
from webapp.api._schemas import Closed, PageQuery, page_of
from webapp.api._values import Flag, name
from webapp.domain.event_rule import EVERYTHING, LONGEST_SOURCE, LONGEST_TYPE, EventRule
from webapp.domain.posters import MOST_POSTERS
from webapp.domain.refusal import Refused
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.posting import mappings
from webapp.services.posting.mappings import MappingView

MOST_PLACES = 10_000

door = Door("mappings", __name__, description="Which events are posted on which channel.")


class RuleSchema(Closed):
    """Which events are taken, and what becomes of them. * stands for any characters, ? for one."""

    channel = name(required=True)
    type = name(longest=LONGEST_TYPE, load_default=EVERYTHING)
    source = name(longest=LONGEST_SOURCE, load_default=EVERYTHING)
    recipients = fields.List(
        fields.String(validate=validate.Length(1, 60)), load_default=[], validate=validate.Length(max=MOST_POSTERS),
        metadata={"description": "Usernames, and roles as role:operator; without any, only subscribers are told."},
    )  # fmt: skip


class MappingSchema(Closed):
    """A mapping. Of several that take an event the first one counts."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    channel = fields.String(required=True)
    type = fields.String(required=True)
    source = fields.String(required=True)
    recipients = fields.List(fields.String(), required=True)


class RuleChangeSchema(RuleSchema):
    """The same in place of what it was."""

    version = version(required=True)


class MappingMoveSchema(Closed):
    """Where it goes."""

    places = fields.Integer(
        required=True, strict=True, validate=validate.Range(-MOST_PLACES, MOST_PLACES),
        metadata={"description": "So many further back; less than 0: further to the front."},
    )  # fmt: skip


class NewEventTrialSchema(Closed):
    """What an event says of itself."""

    type = name(required=True, longest=LONGEST_TYPE)
    source = name(required=True, longest=LONGEST_SOURCE)


class EventTrialSchema(Closed):
    """What would become of it."""

    taken = Flag(required=True)
    mapping = fields.Nested(MappingSchema, required=True, allow_none=True)


@door.operation("GET", "/mappings", scope=Scope.MAPPINGS_READ, query=PageQuery, gives=page_of(MappingSchema))
def index(query: dict[str, Any]) -> Any:
    """The mappings, in the order in which they are asked."""
    found = mappings.listed()
    behind = found[_place_behind(found, query["after"]) :]
    shown = behind[: query["limit"]]
    return {"items": shown, "next": str(shown[-1].id) if len(behind) > len(shown) else None}


@door.operation("GET", "/mappings/<int:id>", scope=Scope.MAPPINGS_READ, gives=MappingSchema)
def show(id: int) -> Any:
    """One mapping."""
    return mappings.get(id=id)


@door.operation("POST", "/mappings", scope=Scope.MAPPINGS_WRITE, body=RuleSchema, gives=MappingSchema, status=201)
def add(body: dict[str, Any]) -> Any:
    """Make a mapping. It is asked last."""
    made = mappings.add(rule=_rule(body), **_signed())
    return made, {"Location": url_for(".show", id=made.id)}


@door.operation(
    "PUT", "/mappings/<int:id>", scope=Scope.MAPPINGS_WRITE, body=RuleChangeSchema, gives=MappingSchema, refuses=[409]
)
def change(id: int, body: dict[str, Any]) -> Any:
    """Put another rule in its place. Where somebody else was faster, nothing is written."""
    return mappings.edit(id=id, version=body.pop("version"), rule=_rule(body), **_signed())


@door.operation(
    "POST", "/mappings/<int:id>/moves", scope=Scope.MAPPINGS_WRITE, body=MappingMoveSchema, gives=MappingSchema
)
def move(id: int, body: dict[str, Any]) -> Any:
    """Ask it earlier, or later."""
    mappings.move(id=id, places=body["places"], **_signed())
    return mappings.get(id=id)


@door.operation("DELETE", "/mappings/<int:id>", scope=Scope.MAPPINGS_WRITE, gives=MappingSchema)
def remove(id: int) -> Any:
    """Take it away. Answers what it was."""
    return mappings.remove(id=id, **_signed())


@door.operation("POST", "/mappings/trial", scope=Scope.MAPPINGS_READ, body=NewEventTrialSchema, gives=EventTrialSchema)
def try_out(body: dict[str, Any]) -> Any:
    """Which mapping would take an event; nothing is posted."""
    found = mappings.taking(**body)
    return {"taken": found is not None, "mapping": found}


def _place_behind(found: list[MappingView], after: str) -> int:
    """The index at which the page begins. Raises Refused where the last mapping of the page before has been removed."""
    if not after:
        return 0
    ids = [str(one.id) for one in found]
    if after not in ids:
        raise Refused({"after": "That mapping is gone: begin with the first page."})
    return ids.index(after) + 1


def _rule(body: dict[str, Any]) -> EventRule:
    return EventRule(**{**body, "recipients": tuple(body["recipients"])})


def _signed() -> dict[str, Any]:
    return {"by": caller().person.username, "now": runtime().now()}
