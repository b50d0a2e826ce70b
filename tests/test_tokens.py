"""Tokens: nobody can make one up, and each does one thing."""

import pytest
from itsdangerous import URLSafeSerializer

from webapp.tokens import Subscription, Tokens

KEY = "a key that nobody knows"
EMIL = Subscription("emil", "team.news", "email")


def test_a_token_is_what_it_was_made_of_and_always_the_same():
    token = Tokens(KEY).of(EMIL)
    assert Tokens(KEY).subscription(token) == EMIL
    assert Tokens(KEY).of(EMIL) == token
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()  # nothing that an address would escape


def test_another_key_signs_nothing_here():
    assert Tokens("another key").subscription(Tokens(KEY).of(EMIL)) is None


@pytest.mark.parametrize(
    "change", [lambda it: it[:-1], lambda it: f"A{it[1:]}", lambda it: it + "A", lambda _: "", str.lower]
)
def test_a_token_that_was_changed_is_none(change):
    assert Tokens(KEY).subscription(change(Tokens(KEY).of(EMIL))) is None


def test_what_was_signed_for_something_else_is_none():
    assert Tokens(KEY).subscription(str(URLSafeSerializer(KEY).dumps(["emil", "team.news", "email"]))) is None
    assert Tokens(KEY).subscription(str(URLSafeSerializer(KEY, salt="cookie-session").dumps(["emil"]))) is None
