"""The phone of the account; one that is not verified does not even come this far."""

import pytest

from webapp.resolvers import Person, resolve


@pytest.mark.parametrize("phone", ["+3531", None])
def test_it_is_the_account_s(phone):
    person = Person(username="emil", display_name="Emil", email="emil@example.com", phone=phone)
    assert resolve(person, channel="team.news", medium="sms").address == phone
