"""What follows from one failed try."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.breaker import LONGEST_ASKED_S
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import (
    Certainty,
    ConfigurationFailure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.outcome import Try, settle
from webapp.domain.reason import Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERHAPS = Certainty.MAY_HAVE_ARRIVED


def made(**different) -> Try:
    usual = {
        "ended_at": NOW, "failures": 0, "attempts_allowed": 4, "delay_s": 60.0, "longest_delay_s": None,
        "expires_at": NOW + timedelta(days=30), "at_most_once": False,
    }  # fmt: skip
    return Try(**usual | different)


def busy(**more) -> TemporaryFailure:
    return TemporaryFailure(Reason.SERVER_BUSY, "451 later", **more)


def refused(**more) -> PermanentFailure:
    return PermanentFailure(Reason.RECIPIENT_REFUSED, "550 nobody", **more)


def misconfigured(**more) -> ConfigurationFailure:
    return ConfigurationFailure(Reason.AUTH, "535 no", **more)


LAST = {"failures": 3, "delay_s": None}


@pytest.mark.parametrize(
    ("outcome", "told", "state", "reason", "failures", "left"),
    [
        (refused(), {}, S.UNDELIVERABLE, "RECIPIENT_REFUSED", 1, 3),
        (refused(certainty=PERHAPS), {"at_most_once": True}, S.UNDELIVERABLE, "RECIPIENT_REFUSED", 1, 3),
        (busy(), {}, S.RETRYING, "SERVER_BUSY", 1, 3),
        (busy(), {"failures": 2}, S.RETRYING, "SERVER_BUSY", 3, 1),
        (busy(), LAST, S.UNDELIVERABLE, "EXHAUSTED", 4, 0),
        (busy(), LAST | {"doubtful": True}, S.UNKNOWN, "EXHAUSTED", 4, 0),
        (busy(), {"doubtful": True}, S.RETRYING, "SERVER_BUSY", 1, 3),
        (busy(), {"at_most_once": True}, S.RETRYING, "SERVER_BUSY", 1, 3),
        (busy(certainty=PERHAPS), {}, S.RETRYING, "SERVER_BUSY", 1, 3),
        (busy(certainty=PERHAPS), {"at_most_once": True}, S.UNKNOWN, "SERVER_BUSY", 1, 3),
        (busy(certainty=PERHAPS), LAST, S.UNKNOWN, "EXHAUSTED", 4, 0),
        (busy(), {"expires_at": NOW + timedelta(seconds=60)}, S.CANCELLED, "EXPIRED", 1, 3),
        (busy(), {"expires_at": NOW + timedelta(seconds=61)}, S.RETRYING, "SERVER_BUSY", 1, 3),
        (busy(retry_after=90), {"expires_at": NOW + timedelta(seconds=61)}, S.CANCELLED, "EXPIRED", 1, 3),
        (misconfigured(), {}, S.HELD, "PROVIDER_PAUSED", 0, 4),
        (misconfigured(), LAST, S.HELD, "PROVIDER_PAUSED", 3, 1),
        (misconfigured(certainty=PERHAPS), {"at_most_once": True}, S.UNKNOWN, "AUTH", 1, 3),
        (misconfigured(certainty=PERHAPS), {}, S.RETRYING, "AUTH", 1, 3),
        (busy(certainty=PERHAPS), {"free": True}, S.RETRYING, "SERVER_BUSY", 1, 3),
        (busy(), {"free": True}, S.HELD, "PROVIDER_PAUSED", 0, 4),
        (busy(certainty=PERHAPS), {"free": True, "at_most_once": True}, S.UNKNOWN, "SERVER_BUSY", 1, 3),
        (refused(), {"free": True}, S.UNDELIVERABLE, "RECIPIENT_REFUSED", 1, 3),
        (busy(), {"failures": 9, "attempts_allowed": 4, "delay_s": None}, S.UNDELIVERABLE, "EXHAUSTED", 10, 0),
    ],
)
def test_the_table(outcome, told, state, reason, failures, left):
    settled = settle(outcome, made(**told))
    assert (settled.state, settled.reason, settled.failures, settled.retries_left) == (state, reason, failures, left)
    assert (settled.due_at is not None) is (state in {S.RETRYING, S.HELD})


@pytest.mark.parametrize(
    ("asked", "cap", "waits"),
    [
        (None, None, 60),
        (30, None, 60),
        (120, None, 120),
        (-5, None, 60),
        (float("nan"), None, 60),
        (float("inf"), None, LONGEST_ASKED_S),
        (1e300, 3600, 3600),
        (7200, 3600, 3600),
        (90.5, 3600, 90.5),
    ],
)
def test_a_far_side_that_asks_to_be_left_alone_is_believed_within_bounds(asked, cap, waits):
    settled = settle(busy(retry_after=asked), made(longest_delay_s=cap))
    assert settled.due_at == NOW + timedelta(seconds=waits)
    assert settled.delay_s == 60, "the policy's own delay goes on from where it was"


@given(
    kind=st.sampled_from([TemporaryFailure, PermanentFailure, ConfigurationFailure]),
    certainty=st.sampled_from(Certainty),
    retry_after=st.one_of(st.none(), st.floats()),
    failures=st.integers(0, 20),
    allowed=st.integers(1, 10),
    delay_s=st.one_of(st.none(), st.floats(0, 1e6)),
    expires_in=st.integers(1, 10**6),
    at_most_once=st.booleans(),
    doubtful=st.booleans(),
)
def test_no_failure_is_lost_repeated_against_a_promise_or_tried_after_its_time(
    kind, certainty, retry_after, failures, allowed, delay_s, expires_in, at_most_once, doubtful
):
    failure = kind(Reason.SERVER_BUSY, "", certainty=certainty, retry_after=retry_after)
    expires_at = NOW + timedelta(seconds=expires_in)
    settled = settle(
        failure,
        made(
            failures=failures, attempts_allowed=allowed, delay_s=delay_s, expires_at=expires_at,
            at_most_once=at_most_once, doubtful=doubtful,
        ),
    )  # fmt: skip
    assert settled.state in {S.RETRYING, S.HELD, S.UNDELIVERABLE, S.UNKNOWN, S.CANCELLED}
    assert settled.retries_left >= 0
    if settled.state is S.HELD:
        assert (kind, settled.failures) == (ConfigurationFailure, failures)
        assert certainty is not PERHAPS
    if settled.state is S.RETRYING:
        assert settled.due_at is not None
        assert NOW <= settled.due_at < expires_at
        assert not (at_most_once and certainty is PERHAPS)


def test_no_try_is_left_where_the_policy_has_been_edited_to_fewer_than_have_failed():
    settled = settle(misconfigured(), made(failures=4, attempts_allowed=3))
    assert (settled.state, settled.retries_left) == (S.HELD, 0)
