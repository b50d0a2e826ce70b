"""Somebody who signs in with a second factor, step by step."""

import pytest

from tests.support.people import PASSWORD
from webapp.services.people import second_factor, second_step, sessions


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
