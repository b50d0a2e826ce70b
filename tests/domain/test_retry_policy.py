"""Retry policies as values: the presets, their rules, and the way into a row and back."""

from typing import Any

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


def policy(**fields: Any) -> RetryPolicy:
    return RetryPolicy(**{"name": "p", "kind": "linear"} | fields)


TEN_YEARS = 10 * 365 * 86400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a b"),
        ("name", ".hidden"),
        ("name", "café"),
        ("name", "new"),
        ("name", "preview"),
        ("name", "x" * 51),
        ("kind", ""),
        ("steps", (-1,)),
        ("steps", (60, float("nan"))),
        ("steps", (float("inf"),)),
        ("steps", (TEN_YEARS + 1,)),
        ("steps", ("60",)),
        ("steps", (1,) * 101),
        ("initial_s", -0.1),
        ("initial_s", 10**400),
        ("base", -1),
        ("base", 1000.1),
        ("base", float("nan")),
        ("base", "2"),
        ("max_delay_s", 0),
        ("max_delay_s", -1),
        ("max_delay_s", TEN_YEARS + 1),
        ("max_attempts", 0),
        ("max_attempts", 1001),
        ("max_attempts", 1.0),
        ("max_attempts", True),
        ("ttl_s", 0),
        ("ttl_s", float("inf")),
        ("rules", {"Fax": {"1": Rule(retries=1)}}),
        ("rules", {"": {"1": Rule(retries=1)}}),
        ("rules", {"fax": {"": Rule(retries=1)}}),
        ("rules", {"fax": {"a\n": Rule(retries=1)}}),
        ("rules", {"fax": {"x" * 51: Rule(retries=1)}}),
        ("rules", {"fax": {"1": Rule()}}),
        ("rules", {"fax": {"1": Rule(attempt=1)}}),
        ("rules", {"fax": {"1": Rule(attempt=0, retries=1)}}),
        ("rules", {"fax": {"1": Rule(attempt=1001, retries=1)}}),
        ("rules", {"fax": {"1": Rule(retries=-1)}}),
        ("rules", {"fax": {"1": Rule(retries=1000)}}),
        ("rules", {"fax": {"1": Rule(retry_after_s=-1)}}),
        ("rules", {"fax": {"1": Rule(retries=1), "2": Rule(retries=2)}}),
        ("rules", {"fax": {"1": Rule(retry_after_s=1), "2": Rule(retry_after_s=1)}}),
        ("rules", {"fax": {"1": Rule(attempt=3, retry_after_s=1), "2": Rule(attempt=3, retry_after_s=2)}}),
        ("rules", {"fax": {str(n): Rule(attempt=n, retry_after_s=1) for n in range(1, 102)}}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_makes_no_sense_is_named(field, value):
    found = policy(**{field: value}).problems()
    assert list(found) == [field]
    assert found[field].endswith(".")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 50},
        {"name": "7.a_b-C"},
        {"kind": "steps", "steps": (0,)},
        {"steps": (1,) * 100},
        {"initial_s": 0},
        {"initial_s": True},
        {"initial_s": TEN_YEARS},
        {"base": 0},
        {"base": 1000},
        {"max_delay_s": 0.001},
        {"max_attempts": 1},
        {"max_attempts": 1000},
        {"ttl_s": TEN_YEARS},
        {"rules": {"fax_2": {"x" * 50: Rule(retries=0)}}},
        {"rules": {"fax": {"1": Rule(attempt=1000, retry_after_s=0)}}},
        {"rules": {"fax": {"1": Rule(attempt=1, retries=4, retry_after_s=1), "2": Rule(retries=4, retry_after_s=2)}}},
        {"rules": {"fax": {str(n): Rule(attempt=n, retry_after_s=1) for n in range(1, 101)}}},
    ],
    ids=lambda fields: str(fields)[:40],
)
def test_what_makes_sense(fields):
    assert policy(**fields).problems() == {}


def test_steps_need_a_step():
    assert policy(kind="steps").problems() == {"steps": "Write at least one delay."}


def test_what_is_wrong_with_a_rule_is_said_of_it_by_name():
    wrong = policy(rules={"fax": {"often": Rule(attempt=0, retries=1), "2": Rule(retries=5)}})
    assert wrong.problems()["rules"] == (
        "fax, rule “often”: the failure it is for is a whole number from 1 to 1000, or any."
        " fax: its rules give different numbers of retries."
    )
    twice = policy(rules={"fax": {"a": Rule(attempt=3, retry_after_s=1), "b": Rule(attempt=3, retry_after_s=1)}})
    assert twice.problems()["rules"] == "fax: two rules give the delay after failure 3."


def test_a_rule_for_one_failure_comes_before_one_for_any():
    any_, first = Rule(retry_after_s=2), Rule(attempt=1, retry_after_s=1)
    assert policy(rules={"fax": {"a": any_, "b": first}}).rules_for("fax") == [first, any_]
    assert policy().rules_for("fax") == []
