"""How well one's addresses are reached, in one's own words."""

import pytest
from sqlalchemy import update

from webapp.domain.envelope import Accepted
from webapp.domain.medium import Medium
from webapp.domain.outcome import PermanentFailure
from webapp.domain.reason import Reason
from webapp.models.user import User
from webapp.services.people import accounts
from webapp.services.preferences import addresses


@pytest.fixture
def look(world):
    def reached():
        world.session.rollback()
        found = addresses.get(person=accounts.get(username="emil"), now=world.clock.now())
        return {it.medium: it for it in found}

    return reached


def test_nothing_has_been_sent_yet(look):
    mail, phone = look().values()
    assert (mail.address, mail.verified, mail.went_at, mail.trouble) == ("emil@example.com", True, None, None)
    assert (phone.medium, phone.address, phone.verified) == (Medium.SMS, None, False)


def test_what_went_what_failed_and_what_went_again(world, look):
    world.mail.answer = [
        Accepted("250 taken"),
        PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user"),
        Accepted("250 taken"),
    ]
    went = []
    for _ in range(3):
        world.clock.advance(60)
        world.post("emil")
        world.dispatch()
        it = look()[Medium.EMAIL]
        went.append((it.went_at, bool(it.trouble)))
    first, last = went[0][0], world.clock.now()
    assert went == [(first, False), (first, True), (last, False)]


def test_trouble_is_told_without_the_wiring(world, look):
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")
    world.post("emil")
    world.dispatch()
    trouble = look()[Medium.EMAIL].trouble
    assert "no such user" not in repr(trouble.sentence)
    assert trouble.sentence.values["what"].text == "This could not be sent to you by %(medium)s."


def test_a_phone_that_nobody_has_verified(world, look):
    world.execute(update(User).values(phone="+4915112345678"))
    assert (look()[Medium.SMS].address, look()[Medium.SMS].verified) == ("+4915112345678", False)
    world.execute(update(User).values(phone_verified_at=world.clock.now()))
    assert look()[Medium.SMS].verified
