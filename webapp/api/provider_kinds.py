"""The kinds of providers that are installed, and what each asks for."""

from dataclasses import asdict
from typing import Any

from marshmallow import fields

from webapp.api._door import Door
from webapp.api._listing import page_by
from webapp.api._plugins import Setting
from webapp.api._schemas import Closed, PageQuery, page_of
from webapp.api._values import Flag, one_of
from webapp.domain.field import Field
from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.scope import Scope
from webapp.services.providers import provider_setup
from webapp.services.providers.provider_setup import Kind

door = Door("provider_kinds", __name__, description="What providers can be made of.")


class ChoiceSchema(Closed):
    """One of those that a field offers."""

    value = fields.String(required=True)
    label = fields.String(required=True)


class OnlyIfSchema(Closed):
    """When a field counts: while another one has one of these values."""

    field = fields.String(required=True)
    values = fields.List(fields.String(), required=True)


class FieldSchema(Closed):
    """One thing to fill in: its name is that of a setting."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    kind = one_of("text", "lines", "email", "number", "choice", "switch", "secret", required=True)
    default = Setting(required=True)
    help = fields.String(required=True)
    required = Flag(required=True)
    made = Flag(required=True, metadata={"description": "Whether Belfry makes it: then it cannot be given."})
    target = Flag(
        required=True,
        metadata={"description": "Whether secrets are sent there: with another one they have to be given again."},
    )
    choices = fields.List(fields.Nested(ChoiceSchema), required=True)
    least = fields.Float(required=True, allow_none=True)
    most = fields.Float(required=True, allow_none=True)
    only_if = fields.Nested(OnlyIfSchema, required=True, allow_none=True)


class PresetSchema(Closed):
    """What a well-known service wants."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    settings = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    note = fields.String(required=True)


class KindSchema(Closed):
    """A kind of provider."""

    kind = fields.String(required=True)
    label = fields.String(required=True)
    summary = fields.String(required=True)
    media = fields.List(one_of(*FOR_PEOPLE), required=True)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", attribute="fields")
    presets = fields.List(fields.Nested(PresetSchema), required=True)


@door.operation("GET", "/provider-kinds", scope=Scope.PROVIDERS_READ, query=PageQuery, gives=page_of(KindSchema))
def index(query: dict[str, Any]) -> Any:
    """The kinds, in the order of their names."""
    return page_by(provider_setup.kinds(), query, name=lambda it: it.kind, told=_told)


def _told(kind: Kind) -> dict[str, Any]:
    presets = [{**asdict(preset), "settings": preset.values} for preset in kind.presets]
    own = {name: getattr(kind, name) for name in ("kind", "label", "summary", "media")}
    return {**own, "fields": [_field(field) for field in kind.fields], "presets": presets}


def _field(field: Field) -> dict[str, Any]:
    told = {name: getattr(field, name) for name in FieldSchema().fields if name not in {"made", "choices", "only_if"}}
    only_if = {"field": field.only_if[0], "values": list(field.only_if[1])} if field.only_if else None
    choices = [{"value": value, "label": label} for value, label in field.choices]
    return {**told, "made": field.make is not None, "choices": choices, "only_if": only_if}
