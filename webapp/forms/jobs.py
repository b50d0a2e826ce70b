"""What administrators fill in about jobs; the service checks it, for commands as well."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, FloatField, IntegerField, StringField
from wtforms.validators import Optional
from wtforms.widgets import NumberInput

from webapp.domain.job import LARGEST_BATCH, LONGEST_S, SHORTEST_S
from webapp.forms._fields import MOMENT, NUMBER, WHOLE, required, stripped
from webapp.forms._words import _

_AS_BROWSERS_WRITE = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class NumbersForm(FlaskForm):
    """How often, and how many at once."""

    every_s = FloatField(
        _("Seconds between two looks"),
        [Optional()],
        **NUMBER,
        widget=NumberInput(step="any", min=SHORTEST_S, max=LONGEST_S),
    )
    batch = IntegerField(
        _("Deliveries claimed at once"),
        [Optional()],
        **WHOLE,
        widget=NumberInput(min=1, max=LARGEST_BATCH),
    )


class PauseForm(FlaskForm):
    """Why, and perhaps until when, in the person's own time zone."""

    reason = StringField(_("Reason"), [required()], filters=[stripped], description=_("Everybody who looks reads it."))
    until = DateTimeLocalField(
        _("Until"),
        [Optional()],
        format=_AS_BROWSERS_WRITE,
        **MOMENT,
        description=_("In your time zone. Empty: until somebody resumes it."),
    )

    def until_in(self, zone: str) -> datetime | None:
        """The chosen moment, typed in the time of ``zone``."""
        return self.until.data.replace(tzinfo=ZoneInfo(zone)) if self.until.data else None
