"""The breaker: what pauses a provider, for how long, and what ends the pause."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.breaker import FAULTS_ALLOWED, ProviderStanding, Shown, judge
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
    return ProviderStanding(streak, reason, NOW + timedelta(seconds=30), pauses)


def test_a_configuration_fault_pauses_at_once():
    assert after(ProviderStanding(), NO_KEY) == paused()


def test_other_faults_of_its_own_pause_it_after_five_in_a_row():
    assert after(ProviderStanding(), *[DOWN] * (FAULTS_ALLOWED - 1)) == ProviderStanding(4)
    assert after(ProviderStanding(4), DOWN) == paused(streak=5, reason=Reason.CONNECT_REFUSED)


@pytest.mark.parametrize("life", [TAKEN, GREY, NOBODY])
def test_a_verdict_on_a_recipient_is_a_sign_of_life(life):
    assert after(ProviderStanding(4), life) == ProviderStanding()
    assert after(ProviderStanding(), *[DOWN] * 4, life, DOWN) == ProviderStanding(1)


@pytest.mark.parametrize("told", [TAKEN, NOBODY, DOWN, NO_KEY])
def test_what_was_in_flight_says_nothing_new_of_a_paused_one(told):
    assert after(paused(), told) == paused()


@pytest.mark.parametrize("life", [TAKEN, NOBODY])
def test_a_probe_that_gets_through_ends_the_pause(life):
    assert after(paused(pauses=4), life, probe=True) == ProviderStanding()


@pytest.mark.parametrize("fault", [DOWN, NO_KEY])
def test_each_probe_that_fails_doubles_the_rest(fault):
    stands, now, rests = ProviderStanding(), NOW, []
    for probe in (False, *[True] * 7):
        stands = after(stands, fault if probe else NO_KEY, probe=probe, now=now)
        assert stands.paused_until
        rests.append((stands.paused_until - now).total_seconds())
        now = stands.paused_until
    assert rests == [30, 60, 120, 240, 480, 900, 900, 900]
    often = ProviderStanding(1, Reason.TLS, NOW, 10**6)
    assert after(often, fault, probe=True).paused_until == NOW + timedelta(seconds=900)


def test_it_rests_until_its_time():
    assert not ProviderStanding().must_wait(NOW)
    assert paused().must_wait(NOW + timedelta(seconds=29))
    assert not paused().must_wait(NOW + timedelta(seconds=30))


def busy(after_s, **more):
    return TemporaryFailure(Reason.SERVER_BUSY, "429", retry_after=after_s, **more)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def test_a_far_side_that_asks_to_be_left_alone_is_and_needs_no_probe():
    stands = after(ProviderStanding(), busy(60))
    assert stands == ProviderStanding(1, rests_until=at(60))
    assert (stands.fit(NOW), stands.must_wait(NOW), stands.may_be_probed(NOW)) == (False, True, False)
    assert (stands.fit(at(60)), stands.until(at(60))) == (True, None)


def test_those_who_ask_it_once_more_say_nothing_new():
    assert after(ProviderStanding(), busy(60), busy(90), *[busy(30)] * 9) == ProviderStanding(1, rests_until=at(90))
    assert after(ProviderStanding(), busy(60), TAKEN) == ProviderStanding(rests_until=at(60))
    assert after(ProviderStanding(4), busy(60)).paused_reason is Reason.SERVER_BUSY


@pytest.mark.parametrize(
    "other",
    [busy(60, blame=Blame.RECIPIENT), PermanentFailure(Reason.CONTENT_REFUSED, "", retry_after=60), busy(0), DOWN],
)
def test_only_a_busy_provider_asks_for_a_rest(other):
    assert after(ProviderStanding(), other).rests_until is None


@pytest.mark.parametrize(
    ("asked", "cap", "rest"), [(1e12, None, 86400), (1e12, 3600, 3600), (1e12, 200_000, 86400), (30, 3600, 30)]
)
def test_a_rest_is_bounded_by_the_policy_and_by_a_day(asked, cap, rest):
    assert judge(ProviderStanding(), [Shown(busy(asked), longest_s=cap)], NOW).rests_until == at(rest)


def test_a_paused_one_that_asks_for_a_rest_is_probed_after_both():
    stands = after(paused(), busy(300), probe=True)
    assert (stands.paused_until, stands.rests_until) == (at(60), at(300))
    assert (stands.may_be_probed(at(299)), stands.may_be_probed(at(300))) == (False, True)


@pytest.mark.parametrize("rest", [{"rests_until": at(86400)}, {"paused_until": at(900), "paused_reason": Reason.TLS}])
def test_the_longest_rest_there_is_is_believed(rest):
    """One that has just begun ends as far ahead as any can."""
    assert ProviderStanding(**rest).until(NOW) is not None


@pytest.mark.parametrize("rest", [{"rests_until": at(86401)}, {"paused_until": at(901), "paused_reason": Reason.TLS}])
def test_a_rest_longer_than_any_was_begun_by_a_clock_that_has_gone_back(rest):
    assert ProviderStanding(**rest).until(NOW) is None
    assert after(ProviderStanding(rests_until=at(10**6)), busy(5)).rests_until == at(5)
