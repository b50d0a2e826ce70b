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
    """A parameter, which the published types of WTForms do not know yet."""
    return {"invalid_value_message": said}


# What a field that takes no text says of text; most browsers refuse it themselves.
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
    """A filter: spaces at the ends are a slip of the hand."""
    return text.strip() if text else text


def leapt_over(typed: datetime, zone: str) -> str:
    """What is wrong with a date and time that the clocks of ``zone`` leap over: nothing with any other."""
    try:
        real = typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    except OverflowError:  # the calendar's ends: that it is too far away is for others to say
        return ""
    if real.replace(tzinfo=None) == typed:
        return ""
    return _("There is no such time where you live: the clocks are put forward over it that night.")


def choices(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """(value, label) pairs as a field wants them."""
    return [SelectChoice(value, label) for value, label in pairs]


class BoxesField(SelectMultipleField):
    """Several of few, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SelectZoneField(SelectField):
    """A time zone, grouped by region; a rare one that is kept stays a choice."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, choices=_zones, **more)

    def process_data(self, value: str | None) -> None:
        """Take the value that is kept."""
        super().process_data(value)
        if value and value not in region.zones():
            self.choices = {value: value, **_zones()}


class SelectLocaleField(SelectField):
    """Language and region, which say how dates and numbers are written; a rare one that is kept stays a choice."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, choices=_locales, **more)

    def process_data(self, value: str | None) -> None:
        """Take the value that is kept."""
        super().process_data(value)
        if value and value not in dict(region.locales()):
            self.choices = {value: region.locale_name(value), **_locales()}


def _zones() -> dict[str, str | dict[str, str]]:
    """Regions with their cities; what has no region stands by itself."""
    groups: dict[str, str | dict[str, str]] = {}
    for zone in region.zones():
        area, slash, city = zone.partition("/")
        cities = groups.setdefault(area, {} if slash else area)
        if isinstance(cities, dict):
            cities[zone] = city.replace("_", " ")
    return groups


def _locales() -> dict[str, str]:
    return dict(region.locales())
