"""Retry policies as values: the presets, their rules, and the way into a row and back."""

import pytest

from tests.support.presets import PRESETS
from webapp.domain.retry_policy import DEFAULT_FOR_PEOPLE, DEFAULT_FOR_WEBHOOKS, RetryPolicy, Rule

NAMED = {policy.name: policy for policy in PRESETS}


def test_the_defaults_are_presets():
    assert list(NAMED) == ["optimizely", "zitadel", "open-notificaties", "kazoo"]
    assert NAMED[DEFAULT_FOR_PEOPLE].attempts_for("message") == 4
    assert NAMED[DEFAULT_FOR_WEBHOOKS].attempts_for("message") == 8


def test_a_rule_may_give_other_retries_to_a_type():
    kazoo = NAMED["kazoo"]
    assert (kazoo.attempts_for("message"), kazoo.attempts_for("voicemail_new")) == (4, 5)
    assert RetryPolicy(name="p", kind="steps", rules={"fax": {"x": Rule(attempt=1)}}).attempts_for("fax") == 4


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_policy_comes_back_from_its_row_as_it_was(preset):
    row = {"numbers": preset.numbers(), "rules": preset.stored_rules()}
    restored = RetryPolicy.restored(
        name=preset.name, kind=preset.kind, max_attempts=preset.max_attempts, ttl_s=preset.ttl_s, **row
    )
    assert restored == preset
