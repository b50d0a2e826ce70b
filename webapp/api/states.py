"""The address that is told what becomes of what one posts: a subscriber of one's own messages."""

from typing import Any

from marshmallow import fields

from webapp.api._door import Door, caller
from webapp.api._fields import called
from webapp.api._plugins import MadeSchema, made_told, places, settings_in, typed, typed_over, version
from webapp.api._schemas import Closed
from webapp.api._subscribers import CheckSchema, EndpointSchema, check_told, endpoint_told, waive
from webapp.api._values import Flag
from webapp.domain.refusal import Missing
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.subscribers import own, subscriber_setup
from webapp.services.subscribers.subscriber_setup import SubscriberView

door = Door("states", __name__, description="Where you are told what becomes of what you post.")


class NewStatesSchema(Closed):
    """The address, and how it is asked."""

    settings = settings_in(required=True)
    version = version()
    active = Flag(
        load_default=True,
        metadata={"description": "Of a new one: without it nothing is checked or sent until you switch it on."},
    )
    waive = waive()


class SavedStatesSchema(EndpointSchema):
    """As it is saved, with the keys that Belfry has made for it by that."""

    made = fields.List(fields.Nested(MadeSchema), required=True)


class RemovedStatesSchema(Closed):
    """What came of it."""

    cancelled = fields.Integer(required=True, metadata={"description": "What had waited for it."})


class SwitchingOnStatesSchema(Closed):
    """How it is switched on."""

    waive = waive()


@door.operation("GET", "/states", scope=Scope.STATES_READ, gives=EndpointSchema, refuses=[404])
def show() -> Any:
    """The address that is told, and how that goes; 404 where there is none."""
    return endpoint_told(_mine())


@door.operation(
    "PUT", "/states", scope=Scope.STATES_WRITE, body=NewStatesSchema, gives=SavedStatesSchema, refuses=[409]
)
def put(body: dict[str, Any]) -> Any:
    """Register an address, or change the one that there is. It is checked first, for 20 s at most, unless it is new and
    not to be active yet. A signing key that Belfry makes for it is told by this answer alone."""
    all_fields, given, here = subscriber_setup.fields(), body.pop("settings"), _found()
    with called({**places(all_fields, given), "why": "waive"}):
        raw = typed_over(all_fields, here.settings, given) if here else typed(all_fields, given)
        saved = own.save(username=_me(), raw=raw, **body, bench=runtime())
    return {**endpoint_told(saved.subscriber), "made": made_told(saved.made)}


@door.operation("DELETE", "/states", scope=Scope.STATES_WRITE, gives=RemovedStatesSchema, refuses=[404])
def remove() -> Any:
    """Tell it nothing more, and cancel what waits for it."""
    return {"cancelled": own.remove(username=_me(), now=runtime().now()).cancelled}


@door.operation("POST", "/states/checks", scope=Scope.STATES_WRITE, gives=CheckSchema, refuses=[404, 409])
def check() -> Any:
    """Ask the address now, and keep what came of it. Takes 20 s at most."""
    return check_told(own.test(username=_me(), bench=runtime()))


@door.operation(
    "POST", "/states/activation", scope=Scope.STATES_WRITE, body=SwitchingOnStatesSchema, gives=EndpointSchema,
    refuses=[404, 409],
)  # fmt: skip
def switch_on(body: dict[str, Any]) -> Any:
    """Tell it from now on, and of what has waited. One that has not passed its check is checked first."""
    with called({"why": "waive"}):
        return endpoint_told(own.switch_on(username=_me(), why=body["waive"], bench=runtime()).subscriber)


def _me() -> str:
    return caller().person.username


def _found() -> SubscriberView | None:
    return own.get(username=_me(), vault=runtime().vault)


def _mine() -> SubscriberView:
    if (found := _found()) is None:
        raise Missing({"states": "You have no address that would be told."})
    return found
