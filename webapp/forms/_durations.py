"""Durations as people type them, such as 5 min or 30 days; the form's data are seconds."""

from typing import Any

from wtforms import Field
from wtforms.widgets import TextInput

from webapp.domain.duration import parse_duration, spelled
from webapp.forms._words import _


class DurationField(Field):
    """Empty means none. An invalid duration is shown again as it was typed."""

    widget = TextInput()
    data: float | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Raises ValueError, which WTForms shows at the field."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        try:
            self.data = parse_duration(typed) if typed else None
        except ValueError:
            raise ValueError(_("Write it as 90 s, 5 min, 2 h or 30 days.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return spelled(self.data) if self.data else ""
