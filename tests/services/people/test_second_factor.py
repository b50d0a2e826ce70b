"""The second factor, turned on and off; and the codes for a phone that is lost."""

import pytest
from sqlalchemy import select

from tests.support.people import PASSWORD, token_of
from webapp.domain import verification
from webapp.domain.refusal import Conflict, Missing, Refused, Throttled
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.sign_in import UserSession
from webapp.models.user import User
from webapp.services.people import accounts, passwords, second_factor, sessions, throttle

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def edith(verified):
    return verified("edith", role="editor")


@pytest.fixture
def call(edith, clock):
    def once(what, password=PASSWORD):
        return what(username="edith", password=password, now=clock.now())

    return once


@pytest.fixture
def who(clock):
    return lambda token: sessions.person_of(token=token, now=clock.now())


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.what).where(AuditEvent.target == "user:edith")))[1:]


def test_it_is_turned_on_with_ten_codes_that_are_nowhere(call, who, clock):
    elsewhere = token_of("edith", clock.now())
    changed = call(second_factor.turn_on)
    assert accounts.get(username="edith").second_factor_at == clock.now()
    assert len(set(changed.codes)) == verification.RECOVERY_CODES == 10
    assert second_factor.codes_left(username="edith") == 10
    everything = repr([list(db.session.execute(select(table))) for table in db.metadata.sorted_tables])
    assert not [code for code in changed.codes if code in everything or code.replace("-", "") in everything]
    assert who(elsewhere) is None
    assert who(changed.token).username == "edith"
    assert audited() == ["second factor turned on"]


def test_new_codes_take_the_place_of_the_old_ones(call, who):
    first = call(second_factor.turn_on)
    second = call(second_factor.renew_codes)
    assert not set(first.codes) & set(second.codes)
    assert second_factor.codes_left(username="edith") == 10
    assert who(first.token) is None
    assert who(second.token)
    assert audited()[-1] == "recovery codes renewed"


def test_it_is_turned_off_with_its_codes(call, who):
    first = call(second_factor.turn_on)
    changed = call(second_factor.turn_off)
    assert accounts.get(username="edith").second_factor_at is None
    assert second_factor.codes_left(username="edith") == 0
    assert changed.codes == ()
    assert (who(first.token), bool(who(changed.token))) == (None, True)
    assert audited()[-1] == "second factor turned off"


ALL = [second_factor.turn_on, second_factor.turn_off, second_factor.renew_codes]


@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_it_takes_the_present_password(call, what):
    with pytest.raises(Refused) as caught:
        call(what, "another password")
    assert caught.value.problems.keys() == {"current"}
    for _try in range(throttle.MOST - 1):
        with pytest.raises(Refused):
            call(what, "another password")
    with pytest.raises(Throttled):
        call(what)
    assert audited() == []


@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_a_password_that_is_changed_meanwhile(call, what, change, monkeypatch):
    monkeypatch.setattr(sessions, "fits", lambda *_: change(User, password_hash=passwords.hashed("new one")) or True)
    with pytest.raises(Refused, match="has just been changed"):
        call(what)


def test_a_number_that_is_changed_meanwhile(call, clock, meanwhile):
    turning_on = meanwhile("user changed", lambda: call(second_factor.turn_on))
    edit(clock, phone="+353870000000", by="edith")
    turning_on.end()
    assert "Verify your phone first" in str(turning_on.refused)
    assert accounts.get(username="edith").second_factor_at is None


def test_what_is_so_already(call):
    for what in (second_factor.turn_off, second_factor.renew_codes):
        with pytest.raises(Conflict, match="off already"):
            call(what)
    call(second_factor.turn_on)
    with pytest.raises(Conflict, match="on already"):
        call(second_factor.turn_on)


def test_only_with_a_verified_phone(call, change):
    change(User, phone_verified_at=None)
    with pytest.raises(Conflict, match="Verify your phone first"):
        call(second_factor.turn_on)
    assert accounts.get(username="edith").second_factor_at is None


# --- by somebody else -----------------------------------------------------------------------------------------------


def test_it_is_reset_with_a_reason(call, who, clock):
    token = call(second_factor.turn_on).token
    told = second_factor.reset(username="edith", reason="Phone in the lake.", by="ada", now=clock.now())
    assert told.second_factor_at is None
    assert second_factor.codes_left(username="edith") == 0
    assert who(token) is None
    row = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (row.who, row.what, row.reason) == ("ada", "second factor reset", "Phone in the lake.")
    assert row.before == {"second_factor_at": clock.now().isoformat()}


def test_when_it_is_not_reset(call, clock):
    def reset(username="edith", reason="Lost.", by="ada"):
        second_factor.reset(username=username, reason=reason, by=by, now=clock.now())

    with pytest.raises(Conflict, match="without a second factor"):
        reset()
    call(second_factor.turn_on)
    with pytest.raises(Conflict, match="in your profile"):
        reset(by="edith")
    for reason in ("", " ", "x" * 501, "two\nlines"):
        with pytest.raises(Refused):
            reset(reason=reason)
    for username in ("nobody", "\x00"):
        with pytest.raises(Missing):
            reset(username)
    assert accounts.get(username="edith").second_factor_at


# --- the phone that it hangs on -------------------------------------------------------------------------------------


def edit(clock, *, phone, by):
    details = {"display_name": "Edith Hale", "email": None, "tz": "UTC", "locale": "de"}
    return accounts.edit(username="edith", phone=phone, **details, by=by, now=clock.now())


@pytest.mark.parametrize("phone", ["+353870000000", None])
def test_nobody_changes_their_own_number_while_it_is_on(call, clock, phone):
    call(second_factor.turn_on)
    with pytest.raises(Refused) as caught:
        edit(clock, phone=phone, by="edith")
    assert caught.value.problems == {
        "phone": "Codes to sign in with are sent to this number. Turn the second factor off first."
    }
    assert accounts.get(username="edith").display_name == "Edith"
    edit(clock, phone="+49 30 901820", by="edith")
    assert accounts.get(username="edith").display_name == "Edith Hale"


def test_an_administrator_does_and_the_factor_goes_with_it(call, who, clock):
    token = call(second_factor.turn_on).token
    after = edit(clock, phone="+353870000000", by="ada")
    assert (after.second_factor_at, after.phone_verified_at) == (None, None)
    assert who(token) is None
    assert second_factor.codes_left(username="edith") == 0
    assert audited()[1:] == ["second factor reset", "user changed"]
    assert not db.session.scalars(select(UserSession)).all()
