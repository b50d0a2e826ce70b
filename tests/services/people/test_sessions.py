"""Signing in and out: one answer for every failure, and nothing that survives its row."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.people import PASSWORD
from webapp.database import writing
from webapp.domain.refusal import Missing, Refused, Throttled
from webapp.models.sign_in import Throttle, UserSession
from webapp.models.user import User
from webapp.services.people import accounts, passwords, sessions, throttle

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def sign_in(clock):
    def once(username="edith", password=PASSWORD, address="192.0.2.1"):
        return sessions.sign_in(username=username, password=password, address=address, now=clock.now())

    return once


@pytest.fixture
def who(clock):
    return lambda token: sessions.person_of(token=token, now=clock.now())


@pytest.fixture
def edith(add_person):
    return add_person("edith", password=PASSWORD)


def refusal(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_the_token_is_the_person_and_only_its_hash_is_kept(edith, sign_in, who, session):
    person, token = sign_in()
    assert person == who(token) == edith
    assert len(token) >= 43  # 256 bits
    (row,) = session.scalars(select(UserSession))
    assert token not in repr(vars(row))
    assert sign_in()[1] != token


@pytest.mark.usefixtures("edith")
def test_capitals_and_spaces_round_a_username_are_a_slip_of_the_hand(sign_in):
    assert sign_in(username=" Edith ")[0].username == "edith"


@pytest.fixture
def everybody(session, edith, add_person, clock):
    """One of each who cannot sign in."""
    add_person("inactive", password=PASSWORD)
    accounts.deactivate(username="inactive", by="test", now=clock.now())
    add_person("passwordless")


FAILURES = [
    pytest.param("edith", "another password", id="wrong"),
    pytest.param("nobody", PASSWORD, id="unknown"),
    pytest.param("inactive", PASSWORD, id="inactive"),
    pytest.param("passwordless", PASSWORD, id="passwordless"),
    pytest.param("passwordless", "", id="empty"),
    pytest.param("e\x00dith", PASSWORD, id="nul"),
    pytest.param("\ud83d", "\ud83d", id="surrogate"),
    pytest.param("x" * 5000, "x" * 5000, id="long"),
]


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(("username", "password"), FAILURES)
def test_every_failure_has_the_same_answer_after_the_same_work(username, password, sign_in, monkeypatch, session):
    asked = []
    fits = passwords.fits

    def watched(kept, typed):
        asked.append(kept)
        return fits(kept, typed)

    monkeypatch.setattr(sessions, "fits", watched)
    refused = refusal(sign_in, username, password)
    assert refused.problems == {"password": "This username and this password do not belong together."}
    assert refused.status == 422
    assert len(asked) == 1
    assert session.scalars(select(UserSession)).all() == []


@pytest.mark.usefixtures("edith")
def test_no_transaction_is_open_while_the_password_is_hashed(sign_in, session, monkeypatch):
    seen = []
    monkeypatch.setattr(sessions, "fits", lambda kept, typed: seen.append(session().in_transaction()) or False)
    refusal(sign_in)
    assert seen == [False]


@pytest.mark.usefixtures("edith")
@pytest.mark.parametrize("change", [{"active": False}, {"password_hash": "another"}, {"password_hash": None}], ids=str)
def test_what_changed_while_the_password_was_hashed_holds(change, sign_in, session, monkeypatch):
    def slow(_kept, _typed):
        with writing(session):
            session.execute(update(User).values(change))
        return True

    monkeypatch.setattr(sessions, "fits", slow)
    assert refusal(sign_in).problems.keys() == {"password"}
    assert session.scalars(select(UserSession)).all() == []


@pytest.mark.usefixtures("edith")
def test_ten_failures_close_an_account_for_a_while_even_for_the_right_password(sign_in, clock):
    for number in range(throttle.MOST):
        refusal(sign_in, "edith", "wrong password", f"192.0.2.{number}")
    refused = refusal(sign_in, "edith", PASSWORD, "192.0.2.99")
    assert isinstance(refused, Throttled)
    assert refused.retry_after == 300
    clock.advance(300)
    assert sign_in()


@pytest.mark.usefixtures("edith")
def test_ten_failures_close_an_address_whatever_account_they_were_for(sign_in):
    for number in range(throttle.MOST):
        refusal(sign_in, f"user{number}", "wrong password")
    assert isinstance(refusal(sign_in), Throttled)
    assert sign_in(address="192.0.2.2")


@pytest.mark.usefixtures("edith")
def test_success_does_not_count(sign_in, session):
    for _time in range(throttle.MOST + 2):
        sign_in()
    assert session.scalars(select(Throttle)).all() == []


def test_an_unknown_name_is_throttled_like_a_known_one(sign_in):
    for number in range(throttle.MOST):
        refusal(sign_in, "nobody", "wrong password", f"192.0.2.{number}")
    assert isinstance(refusal(sign_in, "nobody", "wrong password", "192.0.2.99"), Throttled)


@pytest.mark.usefixtures("edith")
def test_a_session_ends_after_thirty_days_however_much_it_is_used(sign_in, who, clock, session):
    _person, token = sign_in()
    for _day in range(29):
        clock.advance(timedelta(days=1))
        assert who(token)
    clock.advance(timedelta(days=1))
    assert who(token) is None
    sign_in()
    assert len(session.scalars(select(UserSession)).all()) == 1, "what has run out is forgotten at the next sign-in"


@pytest.mark.usefixtures("edith")
def test_signing_out_ends_this_browsers_session_only(sign_in, who):
    here, there = sign_in()[1], sign_in()[1]
    sessions.sign_out(token=here)
    assert who(here) is None
    assert who(there)
    sessions.sign_out(token=here)  # once more does no harm


@pytest.mark.parametrize("token", ["", "made up", "\x00", "\ud83d"], ids=ascii)
def test_a_made_up_token_is_nobody(token, who):
    assert who(token) is None


# --- one's own password -------------------------------------------------------------------------------------------


@pytest.fixture
def change(clock):
    def once(current=PASSWORD, new="quite another one"):
        return sessions.change_password(username="edith", current=current, new=new, now=clock.now())

    return once


@pytest.mark.usefixtures("edith")
def test_a_changed_password_ends_all_sessions_and_opens_a_new_one(sign_in, who, change):
    here, there = sign_in()[1], sign_in()[1]
    new = change()
    assert [who(token) is not None for token in (here, there, new)] == [False, False, True]
    assert refusal(sign_in).problems.keys() == {"password"}
    assert sign_in(password="quite another one")


@pytest.mark.usefixtures("edith")
def test_the_present_password_is_asked_for(sign_in, who, change, session):
    _person, token = sign_in()
    was = session.scalar(select(User.password_hash))
    assert refusal(change, current="wrong password").problems.keys() == {"current"}
    assert refusal(change, new="short").problems.keys() == {"new"}
    assert who(token)
    assert session.scalar(select(User.password_hash)) == was


@pytest.mark.usefixtures("edith")
def test_a_session_left_open_is_no_way_to_guess(change):
    for _try in range(throttle.MOST):
        refusal(change, current="wrong password")
    assert isinstance(refusal(change), Throttled)


# --- the demo -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("edith")
@pytest.mark.parametrize("username", ["edith", "nobody", "", "\x00"], ids=ascii)
def test_only_the_demo_team_needs_no_password(username, clock):
    with pytest.raises(Missing):
        sessions.sign_in_to_demo(username=username, now=clock.now())
