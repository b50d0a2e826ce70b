"""What people change about themselves."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo

from webapp.forms._fields import Needed, SelectLocaleField, SelectZoneField, required, stripped
from webapp.forms._words import _


class DetailsForm(FlaskForm):
    """Name, addresses, zone and locale, for an administrator's form and a person's own. ``seen`` is the fingerprint of
    the details that the form has shown."""

    display_name = StringField(_("Name"), [Needed()], filters=[stripped])
    email = StringField(_("E-mail"), filters=[stripped], description=_("Where notifications by e-mail go."))
    phone = StringField(_("Phone"), filters=[stripped], description=_("With the country’s code: +49 30 901820."))
    tz = SelectZoneField(_("Time zone"), description=_("Times are shown in it."))
    locale = SelectLocaleField(_("Language and region"), description=_("How dates and numbers are written."))

    seen = HiddenField()

    def values(self) -> dict[str, Any]:
        """The values, by the names of the service's arguments."""
        return {field.short_name: field.data for field in self if field.short_name not in ("csrf_token", "seen")}


class OwnPasswordForm(FlaskForm):
    """Changing one's own password."""

    current = PasswordField(_("Present password"), [required()])
    new = PasswordField(_("New password"), [required()], description=_("At least 8 characters; longer is better."))
    again = PasswordField(
        _("New password again"), [required(), EqualTo("new", _("This is not the same as the one above."))]
    )
