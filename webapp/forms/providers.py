"""A provider's form, made from its kind's Fields, except those that Belfry makes itself. It only draws: the Fields
themselves check what was typed."""

from collections.abc import Iterable

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]: newer than its stubs

from webapp.domain.field import Field
from webapp.forms import _plugin_fields
from webapp.forms._fields import Needed, stripped
from webapp.forms._plugin_fields import form_of
from webapp.forms._words import _


class ProviderForm(FlaskForm):
    """What every kind has besides its Fields. ``version`` is the one that was seen, ``to`` the recipient of a test."""

    settings: tuple[str, ...] = ()
    version = HiddenField()
    to = StringField(_("Send a test to"), [Needed()], filters=[stripped])

    def raw(self) -> dict[str, str]:
        """The settings as they were typed."""
        return _plugin_fields.raw(self, self.settings)


class TrialForm(FlaskForm):
    """The recipient of a test."""

    to = StringField(_("Send a test to"), [Needed()], filters=[stripped])


class _New:
    """The fields that come before the settings of a new provider."""

    name = StringField(
        _("Name"),
        [Needed()],
        filters=[stripped],
        description=_("How lists and commands call it, such as smtp-main; it stays. Letters, digits, “.”, “-”, “_”."),
    )


def edit_form(fields: Iterable[Field]) -> type[ProviderForm]:
    """The form that changes a provider whose kind has these Fields."""
    return form_of(ProviderForm, fields)


def new_form(fields: Iterable[Field], media: Iterable[str]) -> type[ProviderForm]:
    """The form that makes a provider. ``media`` are those that its kind can send."""
    labels = {"email": gettext("E-mail"), "sms": gettext("SMS")}
    medium = SelectField(_("Sends"), choices=[SelectChoice(each, labels.get(each, each)) for each in media])
    return form_of(ProviderForm, fields, _New, medium=medium)
