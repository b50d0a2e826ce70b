"""The second step of signing in: nobody is in before the code is right, and no code is good twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.people import PASSWORD
from webapp.domain import verification
from webapp.domain.refusal import Missing, Refused, Throttled
from webapp.extensions import db
from webapp.models.sign_in import Throttle, UserSession
from webapp.models.user import User
from webapp.runtime import runtime
from webapp.services.people import accounts, second_factor, second_step, sessions, throttle

pytestmark = pytest.mark.usefixtures("session", "network")


def sentence(call, *args) -> str:
    with pytest.raises(Refused) as caught:
        call(*args)
    return " ".join(caught.value.problems.values())


def signed_in() -> int:
    return len(db.session.scalars(select(UserSession)).all())


@pytest.mark.parametrize("kind", ["texts", "verifies"])
def test_the_password_is_not_enough_and_the_code_is(begin, enter, network, sms_by, clock, kind):
    sms_by(kind)
    token = begin()
    assert signed_in() == 0
    assert sessions.person_of(token=token, now=clock.now()) is None
    asked = second_step.asked(token=token, now=clock.now())
    assert (asked.phone, asked.sent_ago, asked.good) == ("+49…20", timedelta(), True)
    entered = enter(token, network.newest if kind == "texts" else network.code)
    assert entered.who == accounts.get(username="edith")
    assert entered.codes_left is None
    assert sessions.person_of(token=entered.token, now=clock.now()) == entered.who
    assert db.session.scalars(select(Throttle).where(~Throttle.key.startswith("codes:"))).all() == []


@pytest.mark.parametrize("change_of", [{"active": False}, {"second_factor_at": None}, {"phone": "+3531"}], ids=str)
def test_what_has_changed_meanwhile_ends_it(
    begin, enter, recover, codes, network, sms_by, change, change_of, clock, bench
):
    sms_by("texts")
    token = begin()
    change(User, **change_of)
    for call, args in [
        (enter, (token, network.newest)),
        (recover, (token, codes[0])),
        (lambda: second_step.send_another(token=token, bench=bench), ()),
        (lambda: second_step.asked(token=token, now=clock.now()), ()),
    ]:
        with pytest.raises(Missing, match="begin again"):
            call(*args)
    assert signed_in() == 0
    assert len(network.texts) == 1


def by_password(now):
    accounts.set_password(username="edith", password="another long one", by="ada", now=now)


def by_role(now):
    accounts.set_role(username="edith", role="operator", by="ada", now=now)


def by_closing(now):
    accounts.deactivate(username="edith", by="ada", now=now)
    accounts.activate(username="edith", by="ada", now=now)


def by_reset(now):
    second_factor.reset(username="edith", reason="Lost.", by="ada", now=now)


@pytest.mark.parametrize("how", [by_password, by_role, by_closing, by_reset], ids=lambda how: how.__name__)
def test_what_signs_somebody_out_ends_it_for_good(begin, enter, network, sms_by, how, clock):
    sms_by("texts")
    token = begin()
    how(clock.now())
    with pytest.raises(Missing):
        enter(token, network.newest)


def test_a_password_that_is_changed_while_the_code_is_looked_at(begin, enter, network, sms_by, clock):
    sms_by("verifies")
    token = begin()
    network.meanwhile = lambda: by_password(clock.now())
    with pytest.raises(Missing):
        enter(token, network.code)
    assert signed_in() == 0


@pytest.mark.parametrize("token", ["", "made up", "\ud83d"], ids=ascii)
def test_a_token_of_nothing(codes, enter, token):
    with pytest.raises(Missing):
        enter(token, "123456")


def test_it_lasts_half_an_hour_from_the_password(begin, enter, sms_by, network, clock, bench):
    sms_by("texts")
    token = begin()
    clock.advance(second_step.LASTS - timedelta(seconds=1))
    second_step.send_another(token=token, bench=bench)
    clock.advance(1)
    with pytest.raises(Missing):
        enter(token, network.newest)


# --- codes that are not right -----------------------------------------------------------------------------------------


def test_wrong_exhausted_expired_and_used_codes(begin, enter, sms_by, network, clock, bench):
    sms_by("texts")
    token = begin()
    wrong = "000000" if network.newest != "000000" else "000001"
    for _try in range(verification.MOST_TRIES - 1):
        assert "left" in sentence(enter, token, wrong)
    assert "the last try" in sentence(enter, token, wrong)
    assert "too often" in sentence(enter, token, network.newest)
    clock.advance(throttle.WINDOW)
    second_step.send_another(token=token, bench=bench)
    clock.advance(verification.LASTS)
    assert "expired" in sentence(enter, token, network.newest)
    second_step.send_another(token=token, bench=bench)
    enter(token, network.newest)
    assert "used already" in sentence(enter, token, network.newest)
    with pytest.raises(Missing):
        second_step.send_another(token=token, bench=bench)
    assert signed_in() == 1


def test_the_same_code_from_two_tabs_at_once_signs_in_once(begin, sms_by, network, app, bench):
    sms_by("texts")
    token, code = begin(), network.newest

    def once(_tab):
        with app.app_context():
            try:
                return second_step.enter_by_code(token=token, code=code, address=None, bench=runtime()).token
            except Refused as refused:
                return refused

    db.session.rollback()
    with ThreadPoolExecutor(4) as tabs:
        came = list(tabs.map(once, range(4)))
    assert sum(isinstance(one, str) for one in came) == 1
    assert {one.problems["code"] for one in came if isinstance(one, Refused)} == {"This code has been used already."}
    assert signed_in() == 1


def test_many_guesses_at_once_are_no_more_than_five(begin, sms_by, network, app):
    sms_by("verifies")
    token = begin()

    def guess(number):
        with app.app_context(), pytest.raises(Refused) as caught:
            second_step.enter_by_code(token=token, code=f"{number:06}", address=f"192.0.2.{number}", bench=runtime())
        return caught.value

    db.session.rollback()
    with ThreadPoolExecutor(8) as many:
        list(many.map(guess, range(8)))
    assert len(network.checked) == verification.MOST_TRIES


def test_guesses_are_throttled_as_passwords_are(begin, enter, recover, sms_by, codes, clock):
    sms_by("texts")
    token = begin()
    for number in range(throttle.MOST):
        sentence(enter if number % 2 else recover, token, "wrong", f"192.0.2.{number}")
    for call in (enter, recover):
        with pytest.raises(Throttled) as caught:
            call(token, codes[0], "192.0.2.99")
        assert caught.value.problems.keys() == {"code"}
    with pytest.raises(Throttled):
        sessions.sign_in(username="edith", password=PASSWORD, address="192.0.2.98", now=clock.now())
    clock.advance(throttle.WINDOW)
    recover(token, codes[0])


# --- another browser, another try -------------------------------------------------------------------------------------


def test_beginning_again_goes_on_with_the_code_that_is_on_its_way(begin, enter, sms_by, network):
    sms_by("texts")
    first, second = begin(), begin()
    assert len(network.texts) == 1
    with pytest.raises(Missing):
        enter(first, network.newest)
    enter(second, network.newest)


def test_beginning_again_gives_no_further_guesses(begin, enter, sms_by, network):
    sms_by("texts")
    token = begin()
    for _try in range(verification.MOST_TRIES):
        sentence(enter, token, "wrong")
    assert "too often" in sentence(enter, begin(send=False), network.newest)


def test_where_none_is_on_its_way_it_is_said_that_it_was_too_soon(begin, enter, sms_by, network, bench):
    sms_by("texts")
    enter(begin(), network.newest)
    with pytest.raises(Throttled, match="too soon"):
        begin()
    assert signed_in() == 1


def test_a_code_that_cannot_be_sent_at_first_is_sent_later(begin, enter, sms_by, network, bench):
    token = begin(send=False)
    with pytest.raises(Refused, match="no active provider"):
        second_step.send_first(token=token, bench=bench)
    assert "No code has been sent" in sentence(enter, token, "123456")
    sms_by("texts")
    second_step.send_another(token=token, bench=bench)
    enter(token, network.newest)
