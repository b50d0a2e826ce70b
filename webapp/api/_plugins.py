"""A kind's Fields in JSON: settings as input and output, and the keys that Belfry makes."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from webapp.api._schemas import Closed
from webapp.api._values import Flag
from webapp.domain.field import Field, Value
from webapp.domain.refusal import refuse_if
from webapp.domain.text import LONGEST_WHY

LARGEST = 64 * 1024  # characters of one setting
LONGEST_NAME = 50  # characters
_SORTS = ({"type": "string", "maxLength": LARGEST}, {"type": "number"}, {"type": "boolean"}, {"type": "null"})
_FILLED_IN = (
    "By the names of its kind's fields, secrets too. What is not named stays as it is; null is a setting's default."
)
Given = Mapping[str, Value | None]


class Setting(fields.Raw):
    """A text, a number, true or false, or null: nothing."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_none=True, **more, metadata={"anyOf": _SORTS})

    def _serialize(self, value: Value, *_more: Any, **_named: Any) -> Value | None:
        return None if value == "" else value

    def _deserialize(self, value: Any, *_more: Any, **_named: Any) -> Value:
        if not isinstance(value, Value) or (isinstance(value, str) and len(value) > LARGEST):
            raise ValidationError(f"A text of at most {LARGEST} characters, a number, true or false.")
        return value


def settings_in(**more: Any) -> fields.Dict:
    """What is filled in, by the names of the kind's fields."""
    return fields.Dict(keys=fields.String(), values=Setting(), metadata={"description": _FILLED_IN}, **more)


def settings_out() -> fields.Dict:
    """What is filled in, without secrets."""
    return fields.Dict(keys=fields.String(), values=Setting(), required=True)


def why(**more: Any) -> fields.String:
    """A reason that is kept."""
    return fields.String(load_default="", validate=validate.Length(max=LONGEST_WHY), **more)


def version(**more: Any) -> fields.Integer:
    """The one that was seen."""
    return fields.Integer(
        strict=True, validate=validate.Range(1, 10**9), **more,
        metadata={"description": "The one you saw: where it is another by now, nothing is written."},
    )  # fmt: skip


class MadeSchema(Closed):
    """A key that Belfry has made. This answer is the only one that tells it."""

    name = fields.String(required=True)
    value = fields.String(required=True)


class RekeyedSchema(MadeSchema):
    """The new key; the former one counts as well until it is dropped."""

    version = fields.Integer(required=True, metadata={"description": "The one that this has made."})


class NewKeySchema(Closed):
    """How a key is made anew."""

    version = version()
    again = Flag(
        load_default=False,
        metadata={"description": "Replace a new key that was lost; the former one goes on to count."},
    )


class FormerKeyQuery(Closed):
    """How the former key is dropped."""

    version = fields.Integer(validate=validate.Range(1, 10**9))


def made_told(made: Mapping[str, str]) -> list[dict[str, str]]:
    """The new keys, for the answer to the request that made them."""
    return [{"name": name, "value": value} for name, value in made.items()]


def typed(fields: Iterable[Field], given: Given) -> dict[str, str]:
    """Settings as they would be typed into a form. Raises Refused where a value's type is not its field's."""
    known = {field.name: field for field in fields}
    refuse_if({place(name): _problem(known[name], value) for name, value in given.items() if name in known})
    return {name: _text(value) for name, value in given.items()}


def typed_over(fields: Iterable[Field], kept: Mapping[str, Value], given: Given) -> dict[str, str]:
    """The same for an edit: settings that are not given keep their values."""
    fields = tuple(fields)
    known = {field.name for field in fields if not field.secret}
    return {name: _text(value) for name, value in kept.items() if name in known} | typed(fields, given)


def places(fields: Iterable[Field], given: Iterable[str]) -> dict[str, str]:
    """The path in a request for each setting."""
    return {name: place(name) for name in ({field.name for field in fields} | set(given))}


def place(name: str) -> str:
    """The path in a request for a setting."""
    return f"settings.{name[:LONGEST_NAME]}"


def _problem(field: Field, value: Value | None) -> str | None:
    if value is None:
        return "A secret cannot be taken away by itself." if field.secret else None
    wanted, words = {
        "number": ((int, float), "A number, please."),
        "switch": ((bool,), "True or false, please."),
    }.get(field.kind, ((str,), "A text, please."))
    fits = isinstance(value, wanted) and (field.kind == "switch" or not isinstance(value, bool))
    return None if fits else words


def _text(value: Value | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
