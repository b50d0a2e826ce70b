"""The breaker: what pauses a provider, for how long, and what ends the pause."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.breaker import FAULTS_ALLOWED, Shown, Standing, judge
from webapp.domain.envelope import Accepted, Blame, ConfigurationFailure, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TAKEN = Accepted("250")
DOWN = TemporaryFailure(Reason.CONNECT_REFUSED, "refused")
GREY = TemporaryFailure(Reason.SERVER_BUSY, "451", blame=Blame.RECIPIENT)
NOBODY = PermanentFailure(Reason.RECIPIENT_REFUSED, "550", blame=Blame.RECIPIENT)
NO_KEY = ConfigurationFailure(Reason.AUTH, "535")


def after(standing, *outcomes, probe=False, now=NOW):
    return judge(standing, [Shown(outcome, probe) for outcome in outcomes], now)


def paused(pauses=1, streak=1, reason=Reason.AUTH):
    return Standing(streak, reason, NOW + timedelta(seconds=30), pauses)


def test_a_configuration_fault_pauses_at_once():
    assert after(Standing(), NO_KEY) == paused()


def test_other_faults_of_its_own_pause_it_after_five_in_a_row():
    assert after(Standing(), *[DOWN] * (FAULTS_ALLOWED - 1)) == Standing(4)
    assert after(Standing(4), DOWN) == paused(streak=5, reason=Reason.CONNECT_REFUSED)


@pytest.mark.parametrize("life", [TAKEN, GREY, NOBODY])
def test_a_verdict_on_a_recipient_is_a_sign_of_life(life):
    assert after(Standing(4), life) == Standing()
    assert after(Standing(), *[DOWN] * 4, life, DOWN) == Standing(1)


@pytest.mark.parametrize("told", [TAKEN, NOBODY, DOWN, NO_KEY])
def test_what_was_in_flight_says_nothing_new_of_a_paused_one(told):
    assert after(paused(), told) == paused()


@pytest.mark.parametrize("life", [TAKEN, NOBODY])
def test_a_probe_that_gets_through_ends_the_pause(life):
    assert after(paused(pauses=4), life, probe=True) == Standing()


@pytest.mark.parametrize("fault", [DOWN, NO_KEY])
def test_each_probe_that_fails_doubles_the_rest(fault):
    stands, now, rests = Standing(), NOW, []
    for probe in (False, *[True] * 7):
        stands = after(stands, fault if probe else NO_KEY, probe=probe, now=now)
        assert stands.paused_until
        rests.append((stands.paused_until - now).total_seconds())
        now = stands.paused_until
    assert rests == [30, 60, 120, 240, 480, 900, 900, 900]
    assert after(Standing(1, Reason.TLS, NOW, 10**6), fault, probe=True).paused_until == NOW + timedelta(seconds=900)


def test_it_rests_until_its_time():
    assert not Standing().rests(NOW)
    assert paused().rests(NOW + timedelta(seconds=29))
    assert not paused().rests(NOW + timedelta(seconds=30))
