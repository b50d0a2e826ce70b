"""The signing key of a subscriber: replaced with a time in which both count, told once."""

import pytest
from sqlalchemy import select

from webapp.domain.refusal import Conflict
from webapp.extensions import db
from webapp.models.subscriber import Subscriber
from webapp.services.subscribers import keys


@pytest.fixture
def act(signed, vault):
    return {"name": "archive", **signed, "vault": vault}


@pytest.fixture
def sealed(vault):
    return lambda: vault.open(db.session.scalars(select(Subscriber.secrets)).one())


def test_both_count_until_the_former_is_dropped(save, act, sealed, get):
    first = save().made["signing_key"]
    made = keys.rotate(**act)
    assert made.value != first
    assert (sealed()["signing_key"], sealed()["signing_key_former"]) == (made.value, first)
    assert (keys.signing_key(get()).former, get().version) == (True, 2)
    assert keys.drop_former(**act).value == ""
    assert "signing_key_former" not in sealed()
    assert (keys.signing_key(get()).there, keys.signing_key(get()).former) == (True, False)


def test_two_count_at_most_but_a_lost_one_can_be_made_again(save, act, sealed):
    first = save().made["signing_key"]
    keys.rotate(**act)
    with pytest.raises(Conflict, match="former key still counts"):
        keys.rotate(**act)
    again = keys.rotate(**act, again=True)
    assert (sealed()["signing_key"], sealed()["signing_key_former"]) == (again.value, first)


def test_a_page_that_is_sent_twice_makes_one_key(save, act):
    save()
    keys.rotate(**act, version=1)
    with pytest.raises(Conflict, match="ada changed this"):
        keys.drop_former(**act, version=1)


def test_there_is_nothing_to_drop_at_first(save, act):
    save()
    with pytest.raises(Conflict, match="No former key"):
        keys.drop_former(**act)
