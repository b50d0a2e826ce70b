"""Fields and checks that several forms share; services check the rest, for commands as well as for forms."""

from typing import Any

from wtforms import SelectField
from wtforms.validators import InputRequired

from webapp.forms._words import _
from webapp.services import details


def required() -> InputRequired:
    """Something must have been typed."""
    return InputRequired(_("Please fill this in."))


def stripped(text: str | None) -> str | None:
    """A filter: spaces at the ends are a slip of the hand."""
    return text.strip() if text else text


class SelectZoneField(SelectField):
    """A time zone, grouped by region; a rare one that is kept stays a choice."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, choices=_zones, **more)

    def process_data(self, value: str | None) -> None:
        """Take the value that is kept."""
        super().process_data(value)
        if value and value not in details.zones():
            self.choices = {"": [(value, value)], **_zones()}


class SelectLocaleField(SelectField):
    """Language and region, which say how dates and numbers are written; a rare one that is kept stays a choice."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, choices=lambda: list(details.locales()), **more)

    def process_data(self, value: str | None) -> None:
        """Take the value that is kept."""
        super().process_data(value)
        if value and value not in dict(details.locales()):
            self.choices = [*details.locales(), (value, details.locale_name(value))]


def _zones() -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in details.zones():
        region, _slash, city = zone.partition("/")
        groups.setdefault(region, []).append((zone, city.replace("_", " ") or zone))
    return groups
