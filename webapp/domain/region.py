"""Time zones and locales: what people choose from, and their names."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale


@cache
def zones() -> tuple[str, ...]:
    """The time zones to choose from: UTC, then one for each region's city."""
    return "UTC", *sorted(zone for zone in available_timezones() if zone.startswith(_REGIONS))


@cache
def locales() -> tuple[tuple[str, str], ...]:
    """The locales to choose from: (code, name), by name. Others that Babel knows are valid, too."""
    return tuple(sorted(((code, locale_name(code)) for code in _LOCALES.split()), key=lambda pair: pair[1]))


def locale_name(code: str) -> str:
    """What a locale is called in English: English (United Kingdom)."""
    return Locale.parse(code).get_display_name("en") or code


_LOCALES = (
    "bg ca cs da de de_AT de_CH el en_AU en_CA en_GB en_IE en_IN en_NZ en_US en_ZA es es_MX et fi fr fr_BE fr_CA fr_CH "
    "ga hr hu is it ja ko lt lv nb nl nl_BE pl pt pt_BR ro ru sk sl sr sv tr uk vi zh_Hans zh_Hant"
)
_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
