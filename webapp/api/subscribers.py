"""Subscribers, for administrators: the endpoints that are told what is posted."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from webapp.api._door import Door, caller
from webapp.api._fields import called
from webapp.api._listing import page_by
from webapp.api._plugins import (
    FormerKeyQuery,
    NewKeySchema,
    RekeyedSchema,
    made_told,
    places,
    typed,
    typed_over,
)
from webapp.api._schemas import PageQuery, page_of
from webapp.api._subscribers import (
    CheckSchema,
    NewRecoverySchema,
    NewSubscriberSchema,
    ReasonQuery,
    RecoveredSchema,
    SavedSubscriberSchema,
    SubscriberChangeSchema,
    SubscriberSchema,
    SwitchedOffSchema,
    SwitchedOnSchema,
    SwitchingOffQuery,
    SwitchingOnSchema,
    asked,
    check_told,
    told,
)
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.queue import recovering
from webapp.services.subscribers import checks, keys, life, subscriber_setup
from webapp.services.subscribers.subscriber_setup import Draft, Saved

door = Door("subscribers", __name__, description="The endpoints that are told what is posted.")
_WAIVED = {"why": "waive"}


# --- set up -----------------------------------------------------------------------------------------------------------


@door.operation("GET", "/subscribers", scope=Scope.SUBSCRIBERS_READ, query=PageQuery, gives=page_of(SubscriberSchema))
def index(query: dict[str, Any]) -> Any:
    """The subscribers and how they fare, in the order of their names."""
    return page_by(subscriber_setup.overview(vault=runtime().vault), query, name=lambda it: it.name, told=told)


@door.operation("GET", "/subscribers/<name>", scope=Scope.SUBSCRIBERS_READ, gives=SubscriberSchema)
def show(name: str) -> Any:
    """One subscriber."""
    return _told(name)


@door.operation(
    "POST", "/subscribers", scope=Scope.SUBSCRIBERS_WRITE, body=NewSubscriberSchema, gives=SavedSubscriberSchema,
    status=201,
)  # fmt: skip
def add(body: dict[str, Any]) -> Any:
    """Make a subscriber. Its endpoint is checked first, for 20 s at most, unless it is not to be active yet: it may
    have to learn its signing key, which is told by this answer alone."""
    fields, given = subscriber_setup.fields(), body["settings"]
    with called({**places(fields, given), **_WAIVED}):
        draft = Draft(raw=typed(fields, given), policy=body["policy"], channels=asked(body["filters"]))
        asks = {"active": body["active"], "waive": body["waive"]}
        saved = subscriber_setup.add(name=body["name"], draft=draft, **asks, **_at_bench())
    return _saved(saved), {"Location": url_for(".show", name=saved.subscriber.name)}


@door.operation(
    "PATCH", "/subscribers/<name>", scope=Scope.SUBSCRIBERS_WRITE, body=SubscriberChangeSchema,
    gives=SavedSubscriberSchema, refuses=[409],
)  # fmt: skip
def change(name: str, body: dict[str, Any]) -> Any:
    """Change a subscriber. With another endpoint, or another way to ask it, that is checked first. Where somebody else
    was faster, nothing is written."""
    seen = subscriber_setup.get(name=name, vault=runtime().vault)
    fields, given = subscriber_setup.fields(), body["settings"]
    with called({**places(fields, given), **_WAIVED}):
        draft = Draft(
            raw=typed_over(fields, seen.settings, given),
            policy=body.get("policy", seen.policy),
            channels=asked(body["filters"]) if "filters" in body else seen.channels,
        )
        saved = subscriber_setup.edit(
            name=name, version=body["version"], draft=draft, waive=body["waive"], **_at_bench()
        )
    return _saved(saved)


@door.operation(
    "DELETE", "/subscribers/<name>", scope=Scope.SUBSCRIBERS_WRITE, query=ReasonQuery, gives=SwitchedOffSchema
)
def remove(name: str, query: dict[str, Any]) -> Any:
    """Remove it, forget its secrets and cancel what waits for it. What was sent stays on record."""
    return asdict(life.remove(name=name, **query, **_signed()))


# --- switched on and off, and checked ---------------------------------------------------------------------------------


@door.operation(
    "POST", "/subscribers/<name>/activation", scope=Scope.SUBSCRIBERS_WRITE, body=SwitchingOnSchema,
    gives=SwitchedOnSchema, refuses=[409],
)  # fmt: skip
def switch_on(name: str, body: dict[str, Any]) -> Any:
    """Send what is for it from now on; what was held goes out. One that has not passed its check is checked first."""
    with called(_WAIVED):
        released = life.switch_on(name=name, why=body["waive"], **_at_bench()).released
    return {"subscriber": _told(name), "released": released}


@door.operation(
    "DELETE", "/subscribers/<name>/activation", scope=Scope.SUBSCRIBERS_WRITE, query=SwitchingOffQuery,
    gives=SwitchedOffSchema, refuses=[409],
)  # fmt: skip
def switch_off(name: str, query: dict[str, Any]) -> Any:
    """Send nothing further to it; what is posted meanwhile waits, each for its time to live."""
    return asdict(life.switch_off(name=name, **query, **_signed()))


@door.operation("POST", "/subscribers/<name>/checks", scope=Scope.SUBSCRIBERS_WRITE, gives=CheckSchema, refuses=[409])
def check(name: str) -> Any:
    """Ask its endpoint now, once as a stranger and once as Belfry sends, and keep what came of it. Takes 20 s at
    most."""
    return check_told(checks.check(name=name, **_at_bench())[1])


# --- recovered, and its key -------------------------------------------------------------------------------------------


@door.operation(
    "POST", "/subscribers/<name>/recoveries", scope=Scope.SUBSCRIBERS_WRITE, body=NewRecoverySchema,
    gives=RecoveredSchema,
)  # fmt: skip
def recover(name: str, body: dict[str, Any]) -> Any:
    """Send again what failed, or whatever else it missed: the oldest first, a bounded number at once."""
    return asdict(recovering.recover(name=name, **body, **_signed()))


@door.operation(
    "POST", "/subscribers/<name>/keys", scope=Scope.SUBSCRIBERS_WRITE, body=NewKeySchema, gives=RekeyedSchema,
    refuses=[409],
)  # fmt: skip
def rotate(name: str, body: dict[str, Any]) -> Any:
    """Make another signing key; it is told by this answer alone. Until the former one is dropped both sign."""
    made = keys.rotate(name=name, **body, **_signed(), vault=runtime().vault)
    return {"name": made.key.name, "value": made.value, "version": made.subscriber.version}


@door.operation(
    "DELETE", "/subscribers/<name>/keys/former", scope=Scope.SUBSCRIBERS_WRITE, query=FormerKeyQuery,
    gives=SubscriberSchema, refuses=[409],
)  # fmt: skip
def drop_former(name: str, query: dict[str, Any]) -> Any:
    """Let only the new key sign."""
    keys.drop_former(name=name, **query, **_signed(), vault=runtime().vault)
    return _told(name)


# --- what they share --------------------------------------------------------------------------------------------------


def _told(name: str) -> dict[str, Any]:
    return told(subscriber_setup.get(name=name, vault=runtime().vault, counted=True))


def _saved(saved: Saved) -> dict[str, Any]:
    return {**_told(saved.subscriber.name), "made": made_told(saved.made)}


def _signed() -> dict[str, Any]:
    return {"by": caller().person.username, "now": runtime().now()}


def _at_bench() -> dict[str, Any]:
    return {"by": caller().person.username, "bench": runtime()}
