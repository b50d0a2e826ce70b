"""What all resources have in common in their JSON."""

from typing import Any, ClassVar, Self

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema


class Closed(Schema):
    """An object that has these fields and no others, whichever way it goes."""

    class Meta:
        """What is not known is refused, and documented as such."""

        unknown = RAISE

    def __deepcopy__(self, _memo: object) -> Self:
        """Return itself: schemas are immutable. The documentation copies an operation ten times at the start, with each
        field of each schema."""
        return self


class Like(validate.Regexp):
    """A regular expression that the whole text must match. The library, like Python's ``$``, would also accept a line
    break at the end."""

    def __call__(self, value: Any) -> Any:
        """Raises ValidationError."""
        if not self.regex.fullmatch(value):
            raise ValidationError(self._format_error(value))
        return value


class Either(Closed):
    """An object in which exactly one of some fields is given."""

    either: ClassVar[tuple[str, ...]] = ()

    @validates_schema
    def _exactly_one(self, data: dict[str, Any], **_more: Any) -> None:
        if len(data.keys() & set(self.either)) != 1:
            raise ValidationError(f"Give one of {' and '.join(self.either)}.", self.either[0])


class _Converter(OpenAPIConverter):
    """Documents ``either``."""

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        told: dict[str, Any] = super().schema2jsonschema(schema)
        ways = [{"required": [name]} for name in getattr(schema, "either", ())]
        return {**told, "oneOf": ways} if ways else told


class Documenting(MarshmallowPlugin):
    """What makes the documentation of these schemas."""

    Converter = _Converter


class PageQuery(Closed):
    """Which page of a list."""

    limit = fields.Integer(
        load_default=25, validate=validate.Range(1, 100), metadata={"description": "How many at most."}
    )
    after = fields.String(
        load_default="", validate=validate.Length(max=200),
        metadata={"description": "“next” of the page before: the list goes on behind it."},
    )  # fmt: skip


def page_of(item: type[Schema]) -> type[Schema]:
    """A page of such items; ``next`` is for ``after``, null on the last one."""
    name = item.__name__.removesuffix("Schema") + "Page"
    parts = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, required=True),
    }
    return type(name, (Closed,), parts)


class CountSchema(Closed):
    """A count that stops where nobody reads the number any more."""

    n = fields.Integer(required=True)
    more = fields.Boolean(required=True, metadata={"description": "Whether there are more than n."})


class FieldProblemSchema(Closed):
    """One field that is not right."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Closed):
    """What is wrong, and what to do about it (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    advice = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblemSchema), required=True)
