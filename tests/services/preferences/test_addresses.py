"""How well one's addresses are reached, in one's own words."""

import pytest
from sqlalchemy import update

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.medium import Medium
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


@pytest.mark.parametrize(
    ("answer", "trouble", "refused"),
    [
        (PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user"), S.UNDELIVERABLE, True),
        (PermanentFailure(Reason.CONTENT_REFUSED, "554 spam"), S.UNDELIVERABLE, False),
        (TemporaryFailure(Reason.SERVER_BUSY, "451 later"), S.RETRYING, False),
    ],
)
def test_trouble_is_told_by_where_it_stands(world, look, answer, trouble, refused):
    world.mail.answer = answer
    world.post("emil")
    world.dispatch()
    it = look()[Medium.EMAIL]
    assert (it.trouble, it.trouble_at, it.refused) == (trouble, world.clock.now(), refused)


def test_a_phone_that_nobody_has_verified(world, look):
    world.execute(update(User).values(phone="+4915112345678"))
    assert (look()[Medium.SMS].address, look()[Medium.SMS].verified) == ("+4915112345678", False)
    world.execute(update(User).values(phone_verified_at=world.clock.now()))
    assert look()[Medium.SMS].verified
