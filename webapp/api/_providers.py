"""How providers are told to programs, and what is filled in for them."""

from typing import Any

from marshmallow import fields, validate

from webapp.api._deliveries import PhaseSchema, reason
from webapp.api._plugins import (
    LONGEST_NAME,
    FormerKeyQuery,
    MadeSchema,
    NewKeySchema,
    settings_in,
    settings_out,
    version,
    why,
)
from webapp.api._schemas import Closed
from webapp.api._values import Capped, Flag, Moment, name, one_of
from webapp.domain.medium import FOR_PEOPLE
from webapp.services.providers.life_cycle import Then
from webapp.services.providers.provider_setup import ProviderView
from webapp.services.providers.provider_trial import LONGEST_ADDRESS

PRIMARY, FALLBACK, INACTIVE = "primary", "fallback", "inactive"


# --- what goes out ----------------------------------------------------------------------------------------------------


class CastSchema(Closed):
    """Who made it what it is, when, and why."""

    at = Moment(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    why = fields.String(required=True, allow_none=True)


class HealthSchema(Closed):
    """How it fares."""

    proven = Flag(required=True, metadata={"description": "Whether the last try with these settings was accepted."})
    failing = Flag(required=True, metadata={"description": "Whether the last one failed by its own fault."})
    streak = fields.Integer(required=True, metadata={"description": "Faults in a row."})
    last_success_at = Moment(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    last_error_at = Moment(required=True, allow_none=True)
    paused = reason(metadata={"description": "The fault for which nothing is sent by it."})
    paused_until = Moment(required=True, allow_none=True, metadata={"description": "When it is probed."})
    rests_until = Moment(
        required=True, allow_none=True, metadata={"description": "Until when the far side wants to be left alone."}
    )
    stand_in = fields.String(required=True, allow_none=True, metadata={"description": "Which one sends meanwhile."})


_NUMBERS = {
    "undeliverable": "Those that it tried last: of the newest 1,000 of all that failed.",
    "unknown": "Those of them that may have arrived.",
    "tries_24h": "Tries by it in the last 24 hours that were taken, or failed by its own fault.",
    "accepted_24h": "Those of them that were taken.",
}
_Counted = Closed.from_dict(
    {it: fields.Integer(required=True, metadata={"description": words}) for it, words in _NUMBERS.items()},
    name="_Counted",
)


class NumbersSchema(_Counted):
    """What is behind it."""

    queued = Capped(
        required=True,
        metadata={"description": "Deliveries of its medium that wait for their first try, while it is primary."},
    )
    held = Capped(required=True, metadata={"description": "Those that wait for something to send them by."})
    retrying = Capped(required=True, metadata={"description": "Those that failed and are tried again."})
    waiting_more = Flag(required=True, metadata={"description": "Whether any of these three stopped at 10,000."})
    failed_more = Flag(required=True, metadata={"description": "Whether older ones failed that are not counted."})


class ProviderSchema(Closed):
    """An account by which a medium is sent. Its secrets are never told."""

    name = fields.String(required=True)
    kind = fields.String(required=True)
    medium = one_of(*FOR_PEOPLE, required=True)
    role = one_of(PRIMARY, FALLBACK, INACTIVE, required=True)
    position = fields.Integer(required=True, metadata={"description": "Its place among the fallbacks."})
    cast = fields.Nested(CastSchema, required=True)
    settings = settings_out()
    secrets = fields.List(
        fields.String(), required=True,
        metadata={"description": "Those that are set, by their names; …_former: one that counts beside a new one."},
    )  # fmt: skip
    needs = fields.String(required=True, metadata={"description": "What a person has to do first; else empty."})
    version = fields.Integer(required=True)
    changed_at = Moment(required=True)
    health = fields.Nested(HealthSchema, required=True)
    numbers = fields.Nested(NumbersSchema, required=True)


class SavedProviderSchema(ProviderSchema):
    """As it is saved, with the keys that Belfry has made for it by that."""

    made = fields.List(fields.Nested(MadeSchema), required=True)


class ActivatedProviderSchema(Closed):
    """What came of an activation."""

    provider = fields.Nested(ProviderSchema, required=True)
    former = fields.String(required=True, allow_none=True, metadata={"description": "The one that was primary."})
    former_role = one_of(FALLBACK, INACTIVE, required=True, allow_none=True)
    released = fields.Integer(required=True, metadata={"description": "Deliveries that had waited and go out now."})


class GoneProviderSchema(Closed):
    """What came of it."""

    name = fields.String(required=True)
    medium = one_of(*FOR_PEOPLE, required=True)
    successor = fields.String(required=True, allow_none=True, metadata={"description": "The one that is primary now."})
    cancelled = fields.Integer(required=True)


class CulpritSchema(Closed):
    """A setting."""

    name = fields.String(required=True)
    label = fields.String(required=True)


class TrialSchema(Closed):
    """What came of a test, step by step."""

    ok = Flag(required=True)
    provider = fields.String(required=True)
    to = fields.String(required=True)
    at = Moment(required=True)
    ms = fields.Integer(required=True)
    phases = fields.List(fields.Nested(PhaseSchema), required=True)
    stopped = fields.String(required=True, allow_none=True, metadata={"description": "The step at which it failed."})
    reply = fields.String(required=True, metadata={"description": "The far side's words."})
    reason = reason()
    sentence = fields.String(required=True)
    advice = fields.String(required=True)
    culprit = fields.Nested(
        CulpritSchema, required=True, allow_none=True,
        metadata={"description": "The setting that most likely has to change."},
    )  # fmt: skip


# --- what comes in ----------------------------------------------------------------------------------------------------


class NewProviderSchema(Closed):
    """A provider to be made."""

    kind = name(required=True)
    name = name(required=True, longest=LONGEST_NAME)
    medium = one_of(*FOR_PEOPLE, metadata={"description": "Needed where its kind sends several."})
    settings = settings_in(load_default={})
    activate = Flag(load_default=False, metadata={"description": "Send by it at once; else it is inactive."})
    keep_former = Flag(load_default=False, metadata={"description": "Keep the one that was primary as a fallback."})


class ProviderChangeSchema(Closed):
    """What is to be changed of its settings."""

    version = version(required=True)
    settings = settings_in(required=True)


class ProviderActivationSchema(Closed):
    """As what it is to send."""

    role = one_of(PRIMARY, FALLBACK, load_default=PRIMARY)
    keep_former = Flag(load_default=False, metadata={"description": "Keep the one that was primary as a fallback."})
    why = why()


class GoingQuery(Closed):
    """What becomes of what waits for it, where it is primary."""

    then = one_of(
        *Then, load_default=Then.HOLD,
        metadata={"description": "It waits on, goes by the first fallback, or is cancelled."},
    )  # fmt: skip
    why = why()


class NewTrialSchema(Closed):
    """A test."""

    to = fields.String(
        required=True, validate=validate.Length(1, LONGEST_ADDRESS), metadata={"description": "The address it goes to."}
    )
    settings = settings_in()


class NewProviderKeySchema(NewKeySchema):
    """Which key is made anew, and how."""

    key = name(metadata={"description": "Which, where there are several."})


class FormerProviderKeyQuery(FormerKeyQuery):
    """Which former key is dropped."""

    key = name(metadata={"description": "Which, where there are several."})


def told(view: ProviderView) -> dict[str, Any]:
    """A provider."""
    same = ("name", "kind", "medium", "role", "position", "settings", "secrets", "needs", "version", "changed_at")
    told_24h = {"tries_24h": view.tries, "accepted_24h": view.accepted}
    return {
        **{name: getattr(view, name) for name in same},
        "cast": {"at": view.role_at, "by": view.role_by, "why": view.role_why},
        "health": {name: getattr(view, name) for name in HealthSchema().fields},
        "numbers": {name: getattr(view, name) for name in NumbersSchema().fields if name not in told_24h} | told_24h,
    }
