"""How subscribers are told to programs, and what is filled in for them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from webapp.api._plugins import LONGEST_NAME, MadeSchema, settings_in, settings_out, version, why
from webapp.api._schemas import Closed
from webapp.api._values import Capped, Flag, Moment, name, one_of
from webapp.domain.retry_policy import DEFAULT_FOR_WEBHOOKS
from webapp.domain.subscription_filter import LONGEST_VALUE, MOST_GROUPS
from webapp.services.queue.recovering import Sort
from webapp.services.subscribers.checks import Checked
from webapp.services.subscribers.life import Then
from webapp.services.subscribers.subscriber_setup import SubscriberView, Subscription

MOST_CHANNELS = 200
GONE, FAILING, PERSON = "gone", "failing", "person"


# --- what both ways have ----------------------------------------------------------------------------------------------


class FilterSchema(Closed):
    """What it is told of one channel: each message that any of the groups lets through."""

    channel = name(required=True)
    groups = fields.List(
        fields.Dict(
            keys=fields.String(), values=fields.String(validate=validate.Length(1, LONGEST_VALUE)),
            metadata={"description": "What each of the channel's filter keys has to be, or * for anything. What a "
                      "message does not have matches; {} lets everything through."},
        ),
        load_default=[{}], validate=validate.Length(1, MOST_GROUPS),
    )  # fmt: skip


# --- what goes out ----------------------------------------------------------------------------------------------------


class ToldFilterSchema(Closed):
    """What it is told of one channel."""

    channel = fields.String(required=True)
    groups = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)


class OffSchema(Closed):
    """Why nothing is sent to it: a person's will, its endpoint is gone (410), or nothing but failures for days."""

    why = one_of(PERSON, GONE, FAILING, required=True)
    at = Moment(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)


class ProbeSchema(Closed):
    """One probe of a check."""

    asked = fields.String(required=True)
    status = fields.Integer(required=True, allow_none=True, metadata={"description": "The answer's; null without one."})
    words = fields.String(required=True, metadata={"description": "The endpoint's, or the network's."})
    meaning = fields.String(required=True)
    ok = Flag(required=True)


class CheckSchema(Closed):
    """What came of a callback check."""

    at = Moment(required=True, allow_none=True)
    passed = Flag(required=True)
    waived = fields.String(required=True, allow_none=True, metadata={"description": "Why it goes on without."})
    steps = fields.List(fields.Nested(ProbeSchema), required=True)


class FaresSchema(Closed):
    """How it fares."""

    last_success_at = Moment(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    last_error_at = Moment(required=True, allow_none=True)
    failing_since = Moment(
        required=True, allow_none=True, metadata={"description": "The first failure that no success has ended."}
    )
    streak = fields.Integer(required=True, metadata={"description": "Failures in a row."})


class WaitingSchema(Closed):
    """What there is for it."""

    queued = Capped(required=True)
    held = Capped(required=True, metadata={"description": "What waits for it to be switched on."})
    retrying = Capped(required=True)
    waiting_more = Flag(required=True, metadata={"description": "Whether any of these three stopped at 1,000."})
    failed = fields.Integer(required=True, metadata={"description": "Of the newest 1,000 of all that failed."})
    failed_more = Flag(required=True, metadata={"description": "Whether older ones failed that are not counted."})


class EndpointSchema(Closed):
    """An endpoint that is told. Its secrets are never told."""

    settings = settings_out()
    secrets = fields.List(
        fields.String(), required=True,
        metadata={"description": "Those that are set, by their names; …_former: one that counts beside a new one."},
    )  # fmt: skip
    needs = fields.String(required=True, metadata={"description": "What a person has to do first; else empty."})
    active = Flag(required=True)
    off = fields.Nested(OffSchema, required=True, allow_none=True)
    check = fields.Nested(
        CheckSchema, required=True, allow_none=True, metadata={"description": "The last one of how it is now."}
    )
    health = fields.Nested(FaresSchema, required=True)
    version = fields.Integer(required=True)
    created_at = Moment(required=True)
    changed_at = Moment(required=True)


class SubscriberSchema(EndpointSchema):
    """An endpoint that is told what is posted."""

    name = fields.String(required=True)
    owner = fields.String(
        required=True, allow_none=True,
        metadata={"description": "Who is told by it what becomes of what they post, in place of channels."},
    )  # fmt: skip
    policy = fields.String(required=True, metadata={"description": "The retry policy."})
    filters = fields.List(fields.Nested(ToldFilterSchema), required=True)
    numbers = fields.Nested(WaitingSchema, required=True)


class SavedSubscriberSchema(SubscriberSchema):
    """As it is saved, with the keys that Belfry has made for it by that."""

    made = fields.List(fields.Nested(MadeSchema), required=True)


class SwitchedOnSchema(Closed):
    """What came of it."""

    subscriber = fields.Nested(SubscriberSchema, required=True)
    released = fields.Integer(required=True, metadata={"description": "Deliveries that had waited and go out now."})


class SwitchedOffSchema(Closed):
    """What came of it."""

    name = fields.String(required=True)
    held = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)


class RecoveredSchema(Closed):
    """What is sent."""

    again = fields.Integer(required=True, metadata={"description": "Deliveries that begin anew, with all their tries."})
    made = fields.Integer(required=True, metadata={"description": "First deliveries, of messages it never had."})
    more = Flag(required=True, metadata={"description": "Whether there are others: ask again for them."})


# --- what comes in ----------------------------------------------------------------------------------------------------


def filters(**more: Any) -> fields.List:
    """What it is told, by channels."""
    return fields.List(fields.Nested(FilterSchema), validate=validate.Length(max=MOST_CHANNELS), **more)


def waive() -> fields.String:
    """The reason for going on where the check fails."""
    return why(metadata={"description": "Why it is saved, and switched on, even where its check fails."})


class NewSubscriberSchema(Closed):
    """A subscriber to be made."""

    policy = name(load_default=DEFAULT_FOR_WEBHOOKS, metadata={"description": "The retry policy."})
    settings = settings_in(required=True)
    filters = filters(load_default=[])
    active = Flag(
        load_default=True,
        metadata={"description": "Without it nothing is checked and nothing sent until it is switched on."},
    )
    waive = waive()
    name = name(required=True, longest=LONGEST_NAME)


class SubscriberChangeSchema(Closed):
    """What is to be changed; what is not named stays as it is."""

    version = version(required=True)
    policy = name(metadata={"description": "The retry policy."})
    settings = settings_in(load_default={})
    filters = filters(metadata={"description": "All of them: what is not named here is not told any more."})
    waive = waive()


class SwitchingOnSchema(Closed):
    """How it is switched on."""

    waive = waive()


class SwitchingOffQuery(Closed):
    """What becomes of what waits for it."""

    then = one_of(*Then, load_default=Then.HOLD, metadata={"description": "It waits on, or is cancelled."})
    why = why()


class ReasonQuery(Closed):
    """Why something is done."""

    why = why()


class NewRecoverySchema(Closed):
    """What is to be sent again."""

    since = Moment(
        load_default=None, allow_none=True, metadata={"description": "Only what was posted then or later; else all."}
    )
    sorts = fields.List(
        one_of(*Sort), load_default=[Sort.FAILED], validate=validate.Length(1, len(Sort)),
        metadata={"description": "never: messages that it would have been told of and has no delivery for; that takes "
                  "a “since”."},
    )  # fmt: skip


# --- telling ----------------------------------------------------------------------------------------------------------


def asked(filters: Iterable[dict[str, Any]]) -> list[Subscription]:
    """Filters as they came in."""
    return [Subscription(it["channel"], tuple(it["groups"])) for it in filters]


def told(view: SubscriberView) -> dict[str, Any]:
    """A subscriber."""
    filters = [{"channel": it.channel, "groups": list(it.groups)} for it in view.channels]
    same = {it: getattr(view, it) for it in ("name", "owner", "policy")}
    return {**endpoint_told(view), **same, "filters": filters, "numbers": _parts(view, WaitingSchema)}


def endpoint_told(view: SubscriberView) -> dict[str, Any]:
    """Its endpoint."""
    same = ("settings", "secrets", "needs", "active", "version", "created_at", "changed_at")
    off = {"why": view.off_why, "at": view.off_at, "by": view.off_by}
    check = {"at": view.checked_at, "passed": bool(view.check_passed), "waived": view.waived, "steps": view.check_steps}
    return {
        **{name: getattr(view, name) for name in same},
        "off": None if view.active else off,
        "check": check if view.checked_at else None,
        "health": _parts(view, FaresSchema),
    }


def check_told(found: Checked) -> dict[str, Any]:
    """What came of a check just now."""
    return {"at": found.at, "passed": found.passed, "waived": found.waived, "steps": [asdict(it) for it in found.steps]}


def _parts(view: SubscriberView, schema: type[Schema]) -> dict[str, Any]:
    return {name: getattr(view, name) for name in schema().fields}
