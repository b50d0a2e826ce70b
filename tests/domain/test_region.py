"""Zones and locales to choose from."""

from webapp.domain import region


def test_zones_are_utc_and_cities():
    assert region.zones()[0] == "UTC"
    assert len(region.zones()) > 400
    assert all("/" in zone for zone in region.zones()[1:])
    assert list(region.zones()[1:]) == sorted(region.zones()[1:])


def test_locales_are_in_the_order_of_their_names():
    names = [name for _code, name in region.locales()]
    assert names == sorted(names)
    assert ("en_GB", "English (United Kingdom)") in region.locales()


def test_a_locales_name_in_english():
    assert region.locale_name("gsw_CH") == "Swiss German (Switzerland)"
