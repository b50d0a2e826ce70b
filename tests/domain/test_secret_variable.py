"""Names of environment variables for secrets: told apart from Belfry's own keys, and from each other."""

import pytest

from webapp.config import SETTINGS
from webapp.domain.secret_variable import may_be_secret_variable, variables


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("BELFRY_SECRET_SMTP_MAIN_PASSWORD", True),
        ("BELFRY_SECRET_A_B", True),
        ("BELFRY_SECRET_KEY", False),
        ("BELFRY_SECRET_KEYS", False),
        ("BELFRY_SECRET__KEY", False),
        ("BELFRY_SECRET_a_b", False),
        ("HOME", False),
        ("", False),
        ("BELFRY_SECRET_A_B\n", False),
        ("BELFRY_SECRET_A_" + "B" * 200, False),
    ],
)
def test_which_may_hold_a_secret(name, may):
    assert may_be_secret_variable(name) is may


def test_no_setting_may():
    assert [one.name for one in SETTINGS if may_be_secret_variable(f"BELFRY_{one.name}")] == []


def test_each_secret_has_one_of_its_own():
    secrets = [
        ("smtp-main", "password"),
        ("smtp.main", "password"),
        ("a", "b_c"),
        ("a-b", "c"),
        ("relay", "signing_key"),
    ]
    named = variables(secrets)
    assert named["relay", "signing_key"] == "BELFRY_SECRET_RELAY_SIGNING_KEY"
    assert len(set(named.values())) == len(secrets)
    assert all(map(may_be_secret_variable, named.values()))
    assert variables(reversed(secrets)) == named
