"""Addresses of Belfry's own that leave with an envelope."""

import pytest

from webapp.delivery.links import Links
from webapp.tokens import Subscription

HOME = "https://belfry.example.com"


def links(public_url: str) -> Links:
    return Links(public_url=public_url, token=lambda it: f"{it.username}-{it.channel}-{it.medium}")


@pytest.mark.parametrize(
    ("public_url", "medium", "address"),
    [
        (HOME, "sms", f"{HOME}/callbacks/E1"),
        (HOME, "webhook", None),
        (HOME, "email", None),
        ("", "sms", None),
    ],
)
def test_where_a_far_side_calls_back(public_url, medium, address):
    assert links(public_url).callback("E1", medium) == address


@pytest.mark.parametrize(
    ("public_url", "required", "address"),
    [
        (HOME, False, f"{HOME}/unsubscribe/emil-team.news-email"),
        (HOME, True, None),
        ("", False, None),
    ],
)
def test_where_a_person_turns_it_off(public_url, required, address):
    subscription = Subscription("emil", "team.news", "email")
    assert links(public_url).unsubscribe(subscription, required=required) == address
