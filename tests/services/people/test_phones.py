"""Whose phone it is: a code of ours or of the far side's, good once, for a while, and for five guesses."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from tests.services.people.conftest import is_verified, sentence
from tests.support.phones import PHONE
from webapp.domain import verification
from webapp.domain.refusal import Conflict, Refused
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.envelope import Attempt
from webapp.models.provider import ProviderHealth
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.services.auditing import audit
from webapp.services.people import accounts, phones

pytestmark = pytest.mark.usefixtures("session", "network")


# --- a code of ours -----------------------------------------------------------------------------------------------


def test_a_code_of_ours_goes_to_the_phone_and_proves_it(ask, prove, network, sms_by, clock, session):
    sms_by("texts")
    ask()
    [text] = network.texts
    assert (text.address, text.medium, text.html, text.callback) == (PHONE, "sms", None, None)
    assert len(text.text) <= 160
    assert not is_verified()
    clock.advance(60)
    prove(f" {network.newest[:3]} {network.newest[3:]} ")
    assert accounts.get(username="edith").phone_verified_at == clock.now()
    what = session.scalars(select(AuditEvent).where(AuditEvent.what == "phone verified")).one()
    assert (what.who, what.target, what.after) == ("edith", "user:edith", {"phone": PHONE})


def test_the_code_is_nowhere_in_the_database(ask, network, sms_by, session, bench):
    """The far side repeats it in its answer and in a phase's words; and a plain hash would be undone at once."""
    sms_by("texts")
    ask()
    code = network.newest
    everything = repr([list(db.session.execute(select(table))) for table in db.metadata.sorted_tables])
    assert code not in everything
    [row] = session.scalars(select(Verification))
    plain = {sha256(text.encode()).hexdigest() for text in (code, f"{row.user_id}:{code}")}
    assert row.code_hash not in plain
    assert bench.vault.recognises(row.code_hash, f"{row.user_id}:{code}")


def test_each_try_is_on_record_like_a_test(ask, sms_by, session, clock):
    provider_id = sms_by("texts")
    ask()
    [one] = session.scalars(select(Attempt))
    assert (one.trigger, one.counted, one.envelope_id, one.delivery_id) == ("verification", False, None, None)
    assert (one.provider_id, one.outcome) == (provider_id, "accepted")
    health = session.scalars(select(ProviderHealth)).one()
    assert (health.last_success_at, health.proven_at) == (None, None)
    assert audit.check(now=clock.now()) == []


def test_no_transaction_is_open_while_the_far_side_is_asked(ask, prove, network, sms_by, session):
    sms_by("verifies")
    seen = []
    network.meanwhile = lambda: seen.append(session().in_transaction())
    ask()
    prove(network.code)
    assert seen == [False, False]


def test_wrong_codes_and_the_end_of_them(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    wrong = "000000" if network.newest != "000000" else "000001"
    for left in ("4 tries are", "3 tries are", "2 tries are", "One try is"):
        assert sentence(prove, wrong) == f"This is not the code. {left} left."
    assert "the last try" in sentence(prove, wrong)
    assert "tried too often" in sentence(prove, network.newest)
    assert not is_verified()
    clock.advance(verification.AGAIN_AFTER)
    ask()
    prove(network.newest)


def test_a_code_expires(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    clock.advance(verification.LASTS - timedelta(seconds=1))
    assert "not the code" in sentence(prove, "x")
    clock.advance(1)
    assert "has expired" in sentence(prove, network.newest)


def test_only_the_newest_code_is_good(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    first = network.newest
    clock.advance(verification.AGAIN_AFTER)
    ask()
    if first != network.newest:
        assert "not the code" in sentence(prove, first)
    prove(network.newest)
    assert "used already" in sentence(prove, network.newest)


def test_without_a_code(prove):
    assert "No code has been sent" in sentence(prove, "123456")


def test_a_code_is_another_person_s_not(ask, prove, network, sms_by, add_person, bench):
    sms_by("texts")
    ask()
    add_person("emil", phone=PHONE)
    with pytest.raises(Refused):
        phones.prove(username="emil", code=network.newest, bench=bench)


# --- when nothing has to be shown -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("edith")
def test_a_phone_that_is_verified_and_one_that_is_not_there(bench, change, clock, sms_by, network):
    sms_by("texts")
    change(User, phone_verified_at=clock.now())
    with pytest.raises(Conflict, match="verified already"):
        phones.ask(username="edith", bench=bench)
    change(User, phone=None, phone_verified_at=None)
    with pytest.raises(Conflict, match="no phone number"):
        phones.ask(username="edith", bench=bench)
    assert network.texts == []


def edit(clock, phone):
    details = {"display_name": "Edith", "email": None, "tz": "UTC", "locale": "de"}
    accounts.edit(username="edith", phone=phone, **details, by="edith", now=clock.now())


def test_a_code_for_a_former_number_is_worth_nothing(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    edit(clock, "+353870000000")
    assert "No code has been sent" in sentence(prove, network.newest)
    assert not is_verified()


def test_nor_where_it_is_changed_while_the_code_is_looked_at(ask, prove, network, sms_by, clock):
    sms_by("verifies")
    ask()
    network.meanwhile = lambda: edit(clock, "+353870000000")
    assert "used already" in sentence(prove, network.code)
    assert not is_verified()


def test_nor_does_it_prove_the_number_that_comes_right_after_it(ask, prove, network, sms_by, clock, meanwhile):
    sms_by("texts")
    ask()
    rival = meanwhile("phone verified", lambda: edit(clock, "+353870000000"))
    prove(network.newest)
    rival.end()
    assert accounts.get(username="edith").phone == "+353870000000"
    assert not is_verified()


def test_somebody_who_was_deactivated(ask, prove, network, sms_by, change):
    sms_by("texts")
    ask()
    change(User, active=False)
    with pytest.raises(Refused):
        prove(network.newest)
