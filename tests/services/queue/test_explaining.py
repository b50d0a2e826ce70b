"""Why a delivery was sent or not; and what would be decided now."""

import pytest
from sqlalchemy import update

from webapp.domain.decision import facts_of
from webapp.domain.refusal import Missing
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider
from webapp.models.user import User
from webapp.services.queue import explaining


def differences(replayed):
    return {one["of"]: (one["then"], one["now"]) for one in replayed.differences}


def test_nothing_was_decided_before_it_was_claimed(world):
    world.post()
    told = explaining.explain(id=world.row.id)
    assert (told.state, told.decided) == ("queued", None)
    again = explaining.replay(id=world.row.id, now=world.clock.now())
    assert (again.now["action"], again.differences) == ("send", ())


def test_the_last_decision_with_its_facts(world):
    world.post()
    world.dispatch()
    told = explaining.explain(id=world.row.id)
    assert told.decided is not None
    assert (told.state, told.decided["action"]) == ("sent", "send")
    assert told.decided["facts"]["provider"] == "email-main"


def test_the_same_facts_lead_to_the_same_decision(world):
    world.post()
    world.dispatch()
    world.clock.advance(60)
    assert explaining.replay(id=world.row.id, now=world.clock.now()).differences == ()


def test_what_has_changed_since_is_named(world):
    world.execute(update(Provider).values(role="inactive"))
    world.post()
    world.dispatch()
    world.execute(update(Provider).values(role="primary"))
    again = explaining.replay(id=world.row.id, now=world.clock.now())
    assert differences(again) == {
        "action": ("hold", "send"),
        "reason": ("NO_PROVIDER", None),
        "provider": (None, "email-main"),
        "provider_version": (None, 1),
    }


def test_an_envelope_keeps_its_address_but_not_its_recipient_s_account(world):
    world.post()
    world.dispatch()
    world.execute(update(User).where(User.username == "emil").values(email="new@example.com", active=False))
    again = explaining.replay(id=world.row.id, now=world.clock.now())
    assert differences(again) == {
        "action": ("send", "filter"),
        "reason": (None, "RECIPIENT_INACTIVE"),
        "recipient_active": (True, False),
    }


def test_a_decision_of_before_preferences_were_asked_for_is_explained(world):
    world.post()
    world.dispatch()
    kept = world.row.evidence
    old = {name: fact for name, fact in kept["facts"].items() if name not in ("preference", "required")}
    world.execute(update(Delivery).values(evidence=kept | {"facts": old}))
    assert explaining.explain(id=world.row.id).decided["facts"] == facts_of({"facts": old})
    assert explaining.replay(id=world.row.id, now=world.clock.now()).differences == ()
    world.prefer("emil", wanted=False)
    assert differences(explaining.replay(id=world.row.id, now=world.clock.now())) == {
        "action": ("send", "filter"), "reason": (None, "PREF_OFF"), "preference": (None, "off"),
    }  # fmt: skip


def test_it_writes_nothing(world):
    world.post()
    before = world.rows()
    explaining.replay(id=world.row.id, now=world.clock.now())
    assert world.rows() == before


@pytest.mark.parametrize("id", ["0" * 26, "nonsense", ""])
def test_what_is_not_there(world, id):
    for ask in (lambda: explaining.explain(id=id), lambda: explaining.replay(id=id, now=world.clock.now())):
        with pytest.raises(Missing):
            ask()
