"""What is asked when a subscriber is to be recovered: since when, and which sorts."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectMultipleField, widgets
from wtforms.validators import Optional

from webapp.forms._fields import MOMENT, choices
from webapp.forms._words import _


class RecoverForm(FlaskForm):
    """Sent by GET: it only counts."""

    since = DateTimeLocalField(
        _("Since"),
        [Optional()],
        **MOMENT,
        description=_("When the first of it was posted. Without a time: whenever, but nothing that it never had."),
    )
    sort = SelectMultipleField(
        _("What"),
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
        validate_choice=False,
    )

    def offer(self, words: Iterable[tuple[str, str]]) -> None:
        """Set the sorts to choose from, each in words."""
        self.sort.choices = choices(words)

    def moment(self, zone: str) -> datetime | None:
        """The earliest moment, typed in the time of ``zone``; None, with an error at the field, where there is no such
        time."""
        try:
            return self.since.data.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if self.since.data else None
        except OverflowError:
            self.since.errors = [_("This is further away than Belfry can reckon.")]
            return None
