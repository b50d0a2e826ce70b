"""How somebody is abbreviated."""

import pytest

from webapp.domain.who import Who, initials_of


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Emil Moreau", "EM"),
        ("Belfry", "BE"),
        ("Anna Maria von Berg", "AB"),
        ("x", "X"),
        ("", "?"),
        ("élan vital", "ÉV"),
    ],
)
def test_initials(name, initials):
    assert initials_of(name) == initials


def test_a_system_sender_has_a_name_and_no_username():
    belfry = Who("Belfry")
    assert belfry.username is None
    assert belfry.initials == "BE"
