"""The values that several resources speak of, each with its bounds."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from webapp.api._schemas import Like
from webapp.domain import rfc3339
from webapp.domain.bounded import Bounded
from webapp.domain.clock import can_be_reckoned
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.medium import Medium

_ID = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
_NAME = "^[^\\x00-\\x1f\\x7f]+$"


class Moment(fields.DateTime):
    """A time with its zone, as RFC 3339 writes it; answered in UTC, ending in Z."""

    def _serialize(self, value: datetime | None, *_more: Any, **_named: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, *_more: Any, **_named: Any) -> datetime:
        try:
            at = rfc3339.read(value)
        except (TypeError, ValueError):
            raise ValidationError("Write it as 2026-03-02T09:00:00Z, with its zone.") from None
        if not can_be_reckoned(at):
            raise ValidationError("This is further away than Belfry can reckon.")
        return at.astimezone(UTC)


class Flag(fields.Boolean):
    """True or false, as JSON has them: neither a word nor a number that could be meant so."""

    def _deserialize(self, value: Any, *_more: Any, **_named: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Capped(fields.Integer):
    """How many, as far as was counted; whether there are more stands beside it."""

    def _serialize(self, value: Bounded, *_more: Any, **_named: Any) -> int:
        return value.n


def asked_flag(**more: Any) -> fields.Boolean:
    """True or false, as an address has them."""
    return fields.Boolean(truthy={"true"}, falsy={"false"}, **more)


def id_(**more: Any) -> fields.String:
    """An id of ours."""
    return fields.String(validate=Like(_ID), **more)


def name(*, longest: int = 50, **more: Any) -> fields.String:
    """What something is called, in one line."""
    bounds = validate.Length(1, longest), Like(_NAME, error="Without control characters, please.")
    return fields.String(validate=bounds, **more)


def one_of(*words: str, **more: Any) -> fields.String:
    """One of a closed list."""
    return fields.String(validate=validate.OneOf(words), **more)


def state(**more: Any) -> fields.String:
    """Where a delivery stands."""
    return one_of(*DeliveryState, **more)


def medium(**more: Any) -> fields.String:
    """How something leaves the house."""
    return one_of(*Medium, **more)
