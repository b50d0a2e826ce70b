"""Somebody who proves a phone, or signs in with a second factor, step by step."""

import pytest

from tests.support.people import PASSWORD
from tests.support.phones import PHONE
from webapp.domain.refusal import Refused
from webapp.services.people import accounts, phones, second_factor, second_step, sessions


def sentence(call, *args) -> str:
    """What is said of the code where it is refused."""
    with pytest.raises(Refused) as caught:
        call(*args)
    [(field, words)] = caught.value.problems.items()
    assert field == "code"
    return words


def is_verified() -> bool:
    """Whether edith's phone is known to be hers."""
    return accounts.get(username="edith").phone_verified_at is not None


@pytest.fixture
def edith(add_person):
    return add_person("edith", phone=PHONE, locale="de")


@pytest.fixture
def ask(edith, bench):
    return lambda: phones.ask(username="edith", bench=bench)


@pytest.fixture
def prove(edith, bench):
    return lambda code: phones.prove(username="edith", code=code, bench=bench)


@pytest.fixture
def codes(verified, clock):
    """Edith's recovery codes; nobody is signed in."""
    verified("edith")
    turned_on = second_factor.turn_on(username="edith", password=PASSWORD, now=clock.now())
    sessions.sign_out(token=turned_on.token)
    return turned_on.codes


@pytest.fixture
def begin(codes, clock, bench):
    """Type the password; gives the token of the sign-in that goes on."""

    def once(*, send=True):
        half = sessions.sign_in(username="edith", password=PASSWORD, address="192.0.2.1", now=clock.now())
        assert isinstance(half, sessions.HalfWay)
        if send:
            second_step.send_first(token=half.token, bench=bench)
        return half.token

    return once


@pytest.fixture
def enter(bench):
    def once(token, code, address="192.0.2.1"):
        return second_step.enter_by_code(token=token, code=code, address=address, bench=bench)

    return once


@pytest.fixture
def recover(clock):
    def once(token, code, address="192.0.2.1"):
        return second_step.enter_by_recovery_code(token=token, code=code, address=address, now=clock.now())

    return once
