"""What a poster fills in about their states address."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from webapp.domain.field import Field
from webapp.forms import _plugin_fields
from webapp.forms._fields import stripped
from webapp.forms._plugin_fields import form_of
from webapp.forms._words import _


class OwnForm(FlaskForm):
    """What the form has besides the Fields. ``why``: the reason to use the address although its check fails."""

    settings: tuple[str, ...] = ()
    version = HiddenField()
    why = StringField(
        _("Go on without the check, because"),
        filters=[stripped],
        description=_("Only where the check fails. Administrators read it."),
        render_kw={"maxlength": 500, "autocomplete": "off"},
    )

    def raw(self) -> dict[str, str]:
        """The settings as they were typed."""
        return _plugin_fields.raw(self, self.settings)


def own_form(fields: Iterable[Field]) -> type[Any]:
    """The form with these Fields."""
    return form_of(OwnForm, fields)
