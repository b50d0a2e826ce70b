"""The tries that are still to come."""

from datetime import UTC, datetime, timedelta

from tests.support.presets import PRESETS
from webapp.domain.retry_policy import RetryPolicy
from webapp.retries._ahead import MOST, ahead

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEVER = NOON + timedelta(days=3650)


def look(policy, failures=0, last_delay_s=0.0, expires_at=NEVER, message_type="message"):
    tries = ahead(
        policy, message_type, failures=failures, last_delay_s=last_delay_s, due_at=NOON, expires_at=expires_at
    )
    return [(one.number, (one.earliest - NOON).total_seconds(), (one.latest - NOON).total_seconds()) for one in tries]


OPTIMIZELY, ZITADEL, _, KAZOO = PRESETS


def test_fixed_steps_are_known():
    assert look(OPTIMIZELY) == [(1, 0, 0), (2, 60, 60), (3, 360, 360), (4, 3960, 3960)]


def test_only_those_that_are_left():
    assert look(OPTIMIZELY, failures=2, last_delay_s=300) == [(3, 0, 0), (4, 3600, 3600)]
    assert look(OPTIMIZELY, failures=3, last_delay_s=3600) == [(4, 0, 0)]


def test_where_chance_decides_there_are_bounds():
    assert look(ZITADEL) == [(1, 0, 0), (2, 1, 1.5), (3, 2, 3.75)]


def test_a_jitter_goes_on_from_the_delay_before():
    assert look(ZITADEL, failures=1, last_delay_s=10) == [(2, 0, 0), (3, 10, 15)]


def test_a_rule_for_the_type_of_the_message():
    assert look(KAZOO, message_type="voicemail_new")[-1] == (5, 97200, 97200)


def test_none_after_it_has_expired():
    assert look(OPTIMIZELY, expires_at=NOON + timedelta(seconds=360)) == [(1, 0, 0), (2, 60, 60)]
    assert look(OPTIMIZELY, expires_at=NOON) == []


def test_no_endless_list():
    assert len(look(RetryPolicy(name="p", kind="linear", max_attempts=10_000))) == MOST
