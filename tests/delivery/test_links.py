"""Addresses of Belfry's own that leave with an envelope."""

import pytest

from webapp.delivery.links import Links

HOME = "https://belfry.example.com"


@pytest.mark.parametrize(
    ("public_url", "medium", "address"),
    [
        (HOME, "sms", f"{HOME}/callbacks/E1"),
        (HOME, "webhook", f"{HOME}/callbacks/E1"),
        (HOME, "email", None),
        ("", "sms", None),
    ],
)
def test_where_a_far_side_calls_back(public_url, medium, address):
    assert Links(public_url).callback("E1", medium) == address
