"""A provider's form, drawn from its kind's Fields, but for what Belfry makes itself. It only draws: the Fields
themselves check what was typed."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms import Field as Control
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]: newer than its stubs
from wtforms.widgets import NumberInput

from webapp.domain.field import Field
from webapp.forms._fields import stripped
from webapp.forms._words import _


class _Needed:
    """Marks a field that must be filled in wherever it counts; whether it does, only a service can tell."""

    field_flags = {"required": True}  # noqa: RUF012 - as WTForms wants it

    def __call__(self, form: Any, field: Any) -> None:
        """Checks nothing."""


class ProviderForm(FlaskForm):
    """What every kind has beside its Fields. ``version`` is the one that was seen, ``to`` where a test goes."""

    settings: tuple[str, ...] = ()
    version = HiddenField()
    to = StringField(_("Send a test to"), [_Needed()], filters=[stripped])

    def raw(self) -> dict[str, str]:
        """The settings as they were typed."""
        return {name: _text(self[name].data) for name in self.settings}


class TrialForm(FlaskForm):
    """Where a test goes."""

    to = StringField(_("Send a test to"), [_Needed()], filters=[stripped])


class _New:
    """Before the settings of a new provider."""

    name = StringField(
        _("Name"),
        [_Needed()],
        filters=[stripped],
        description=_("How lists and commands call it, such as smtp-main; it stays. Letters, digits, “.”, “-”, “_”."),
    )


def edit_form(fields: Iterable[Field]) -> type[ProviderForm]:
    """The form that changes a provider whose kind has these Fields."""
    return _form(tuple(fields))


def new_form(fields: Iterable[Field], media: Iterable[str]) -> type[ProviderForm]:
    """The form that makes a provider. ``media`` are those that its kind can send."""
    labels = {"email": gettext("E-mail"), "sms": gettext("SMS")}
    medium = SelectField(_("Sends"), choices=[SelectChoice(each, labels.get(each, each)) for each in media])
    return _form(tuple(fields), _New, medium=medium)


def _form(fields: tuple[Field, ...], *bases: type, **more: Control) -> type[ProviderForm]:
    controls = {field.name: _control(field, fields) for field in fields if not field.make}
    if taken := [name for name in controls if hasattr(ProviderForm, name) or name in more or name == "name"]:
        raise ValueError(f"A provider's Field cannot be called {taken[0]!r}.")
    body = {**more, **controls, "settings": tuple(controls)}
    return type("ProviderForm", (*bases, ProviderForm), body)


def _control(field: Field, fields: tuple[Field, ...]) -> Any:
    told: dict[str, Any] = {
        "label": field.label,
        "validators": [_Needed()] if field.required else [],
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
    """When a field counts, in words: all are shown where there are no scripts."""
    if field.only_if is None:
        return ""
    name, values = field.only_if
    other = next(each for each in fields if each.name == name)
    labels = [f"“{label}”" for value, label in other.choices if value in values] or [f"“{value}”" for value in values]
    return gettext("Only where “%(other)s” is %(values)s.", other=other.label, values=gettext(" or ").join(labels))


def _render(field: Field) -> dict[str, Any]:
    """For forms.js, which hides what does not count."""
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
