"""The e-mail of the account."""

import pytest

from webapp.resolvers import Person, resolve


@pytest.mark.parametrize(("email", "address"), [("emil@example.com", "emil@example.com"), (None, None), ("", None)])
def test_it_is_the_account_s(email, address):
    person = Person(username="emil", display_name="Emil", email=email, phone="+3531")
    assert resolve(person, channel="team.news", medium="email").address == address
