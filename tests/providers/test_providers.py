"""The registry of provider kinds."""

from webapp.providers import Provider, kinds


def test_the_kinds_that_ship_are_found():
    assert {"file", "smtp"} <= set(kinds())
    assert all(issubclass(kind, Provider) and name == kind.kind for name, kind in kinds().items())
