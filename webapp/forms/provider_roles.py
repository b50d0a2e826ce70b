"""What is asked before a provider takes or leaves a role: how, and why."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import Field as Control
from wtforms import RadioField, StringField

from webapp.domain.text import LONGEST_WHY
from webapp.forms._fields import choices, stripped
from webapp.forms._words import _


class RoleForm(FlaskForm):
    """``how`` is one of the ways that the page offers; the service checks it."""

    how = RadioField(_("What shall happen?"), validate_choice=False)
    why = StringField(
        _("Why?"),
        filters=[stripped],
        description=_("Your colleagues read this on the list and in the history."),
        render_kw={"maxlength": LONGEST_WHY, "autocomplete": "off"},
    )

    def offer(self, ways: Iterable[tuple[str, str]], *, label: str) -> None:
        """The ways to choose from, the usual one first."""
        pairs = list(ways)
        how: Control = self["how"]
        how.label.text = label
        how.choices = choices(pairs)  # pyright: ignore[reportAttributeAccessIssue]: a RadioField, as declared above
        if how.data not in dict(pairs):
            how.data = pairs[0][0]
