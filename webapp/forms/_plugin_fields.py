"""A plugin's Fields as form controls, except those that Belfry makes itself. The controls only draw: the Fields
themselves check what was typed."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, EmailField, Form, PasswordField, SelectField, StringField, TextAreaField
from wtforms import Field as Control
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]: newer than its stubs
from wtforms.widgets import NumberInput

from webapp.domain.field import Field
from webapp.forms._fields import Needed


def controls(fields: Iterable[Field]) -> dict[str, Control]:
    """A control for each Field that is typed in, in their order."""
    fields = tuple(fields)
    return {field.name: _control(field, fields) for field in fields if not field.make}


def form_of(base: type[Form], fields: Iterable[Field], *bases: type, **more: Control) -> type[Any]:
    """A form with these Fields after what ``base`` has; its ``settings`` are the Fields' names."""
    drawn = controls(fields)
    if taken := [name for name in drawn if hasattr(base, name) or name in more or name == "name"]:
        raise ValueError(f"A Field cannot be called {taken[0]!r}.")
    return type(base.__name__, (*bases, base), {**more, **drawn, "settings": tuple(drawn)})


def raw(form: Form, names: Iterable[str]) -> dict[str, str]:
    """The settings of these names as they were typed."""
    return {name: _text(form[name].data) for name in names}


def _control(field: Field, fields: tuple[Field, ...]) -> Any:
    told: dict[str, Any] = {
        "label": field.label,
        "validators": [Needed()] if field.required else [],
        "description": " ".join(filter(None, (field.help, _condition(field, fields)))),
        "render_kw": _render(field),
    }
    if not field.secret:
        told["default"] = field.default
    if field.kind == "choice":
        return SelectField(**told, choices=[SelectChoice(*each) for each in field.choices], validate_choice=False)
    return _CONTROLS[field.kind](**told)


def _number(**told: Any) -> StringField:
    return StringField(**told, widget=NumberInput(step="any"))


_CONTROLS: dict[str, Any] = {
    "text": StringField,
    "lines": TextAreaField,
    "email": EmailField,
    "number": _number,
    "switch": BooleanField,
    "secret": PasswordField,
}


def _condition(field: Field, fields: tuple[Field, ...]) -> str:
    """When a Field counts, in words: without scripts, all are shown."""
    if field.only_if is None:
        return ""
    name, values = field.only_if
    other = next(each for each in fields if each.name == name)
    labels = [f"“{label}”" for value, label in other.choices if value in values] or [f"“{value}”" for value in values]
    return gettext("Only where “%(other)s” is %(values)s.", other=other.label, values=gettext(" or ").join(labels))


def _render(field: Field) -> dict[str, Any]:
    """Attributes for forms.js, which hides the Fields that do not count."""
    kept: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"} if field.kind != "secret" else {}
    if field.only_if:
        kept |= {"data-only-if": field.only_if[0], "data-only-if-values": " ".join(field.only_if[1])}
    if field.kind == "number":
        kept |= {"min": field.least, "max": field.most, "class": "short"}
    return {name: value for name, value in kept.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)
