"""What all resources have in common in their JSON."""

from marshmallow import RAISE, Schema, fields, validate


class Closed(Schema):
    """An object that has these fields and no others, whichever way it goes."""

    class Meta:
        """What is not known is refused, and documented as such."""

        unknown = RAISE


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
