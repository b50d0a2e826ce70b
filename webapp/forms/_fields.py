"""Fields and checks that several forms share; services check the rest, for commands as well as for forms."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.domain import region
from webapp.forms._words import _


def _else(said: str) -> dict[str, Any]:
    """The parameter for a message on invalid input, which the published types of WTForms lack."""
    return {"invalid_value_message": said}


# Messages for input of the wrong type; most browsers refuse such input themselves.
WHOLE, NUMBER = _else(_("A whole number, please.")), _else(_("A number, please."))
MOMENT = _else(_("A date and a time, please, such as 2026-10-31 09:30."))
TIME = _else(_("A time of day, please, such as 09:30."))


def required() -> InputRequired:
    """Something must have been typed."""
    return InputRequired(_("Please fill this in."))


class Needed:
    """Marks a field that must be filled in wherever it counts; whether it does, only a service can tell, together with
    whatever else is wrong."""

    field_flags = {"required": True}  # noqa: RUF012 - as WTForms wants it

    def __call__(self, form: Any, field: Any) -> None:
        """Checks nothing."""


def stripped(text: str | None) -> str | None:
    """A filter that strips spaces: at the ends they are typing slips."""
    return text.strip() if text else text


def leapt_over(typed: datetime, zone: str) -> str:
    """What is wrong with a local time that does not exist in ``zone``, since the clocks skip it; empty for any
    other."""
    try:
        real = typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    except OverflowError:  # the calendar ends there; other checks say that it is too far away
        return ""
    if real.replace(tzinfo=None) == typed:
        return ""
    return _("There is no such time where you live: the clocks are put forward over it that night.")


def choices(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """(value, label) pairs as a field wants them."""
    return [SelectChoice(value, label) for value, label in pairs]


class BoxesField(SelectMultipleField):
    """Several of a few choices, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SelectZoneField(SelectField):
    """A time zone, grouped by region; a saved zone that is not listed stays a choice."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, choices=_zones, **more)

    def process_data(self, value: str | None) -> None:
        """Take the saved value."""
        super().process_data(value)
        if value and value not in region.zones():
            self.choices = {value: value, **_zones()}


class SelectLocaleField(SelectField):
    """Language and region, which decide how dates and numbers are written; a saved one that is not listed stays a
    choice."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, choices=_locales, **more)

    def process_data(self, value: str | None) -> None:
        """Take the saved value."""
        super().process_data(value)
        if value and value not in dict(region.locales()):
            self.choices = {value: region.locale_name(value), **_locales()}


def _zones() -> dict[str, str | dict[str, str]]:
    """Regions with their cities; zones without a region stand alone."""
    groups: dict[str, str | dict[str, str]] = {}
    for zone in region.zones():
        area, slash, city = zone.partition("/")
        cities = groups.setdefault(area, {} if slash else area)
        if isinstance(cities, dict):
            cities[zone] = city.replace("_", " ")
    return groups


def _locales() -> dict[str, str]:
    return dict(region.locales())
