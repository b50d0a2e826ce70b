"""Signing in without the phone: each code of the list is good once."""

import pytest
from sqlalchemy import select

from tests.support.people import PASSWORD
from webapp.domain.refusal import Missing, Refused
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.sign_in import UserSession
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.services.people import accounts, second_factor, second_step

pytestmark = pytest.mark.usefixtures("session", "network")


def sentence(call, *args) -> str:
    with pytest.raises(Refused) as caught:
        call(*args)
    return " ".join(caught.value.problems.values())


def signed_in() -> int:
    return len(db.session.scalars(select(UserSession)).all())


# --- without the phone ------------------------------------------------------------------------------------------------


def test_a_recovery_code_signs_in_once(begin, recover, codes, clock):
    entered = recover(begin(send=False), codes[3].upper().replace("-", " "))
    assert (entered.who.username, entered.codes_left) == ("edith", 9)
    assert second_factor.codes_left(username="edith") == 9
    assert accounts.get(username="edith").second_factor_at
    row = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (row.who, row.what, row.after, row.ip) == ("edith", "recovery code used", {"left": 9}, "192.0.2.1")
    assert "used already" in sentence(recover, begin(send=False), codes[3])
    assert signed_in() == 1


def test_a_code_that_has_signed_in_leaves_no_way_for_a_recovery_code(begin, enter, recover, codes, sms_by, network):
    sms_by("texts")
    token = begin()
    enter(token, network.newest)
    with pytest.raises(Missing):
        recover(token, codes[0])
    assert second_factor.codes_left(username="edith") == 10


def test_where_no_phone_is_on_record_the_password_is_still_not_enough(begin, enter, recover, codes, change, bench):
    change(User, phone=None)
    token = begin(send=False)
    assert "no phone number" in sentence(lambda: second_step.send_first(token=token, bench=bench))
    assert "No code has been sent" in sentence(enter, token, "123456")
    assert signed_in() == 0
    assert recover(token, codes[0]).who.username == "edith"


@pytest.mark.parametrize("typed", ["", "x", "424242", "\x00", "\ud83d" * 20], ids=ascii)
def test_what_is_no_recovery_code(begin, recover, typed):
    assert "none of your recovery codes" in sentence(recover, begin(send=False), typed)


def test_nobody_else_s_recovery_code(begin, recover, verified, clock):
    verified("emil", phone="+353870000000")
    others = second_factor.turn_on(username="emil", password=PASSWORD, now=clock.now()).codes
    assert "none of your recovery codes" in sentence(recover, begin(send=False), others[0])


def test_old_ones_are_forgotten_when_new_ones_are_made(begin, sms_by, network, enter, clock):
    sms_by("texts")
    enter(begin(), network.newest)
    clock.advance(60)
    begin()
    assert len(db.session.scalars(select(Verification)).all()) == 1
