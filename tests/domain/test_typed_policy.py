"""A policy as it is typed, and as a form shows it."""

import pytest

from webapp.domain.refusal import Refused
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.domain.retry_presets import PRESETS
from webapp.domain.typed_policy import TypedPolicy, TypedRule, read, write


def typed(*rules: TypedRule, kind: str = "steps", **numbers: str) -> TypedPolicy:
    return TypedPolicy(name="p", kind=kind, numbers={"steps": "1 min"} | numbers, rules=rules)


def problems(policy: TypedPolicy) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        read(policy)
    return caught.value.problems


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_preset_reads_back_as_it_was_shown(preset):
    assert read(write(preset)) == preset


def test_what_a_form_shows():
    shown = write(PRESETS["kazoo"])
    assert shown.numbers == {
        "steps": "",
        "initial_s": "10 min",
        "base": "2",
        "max_delay_s": "",
        "max_attempts": "4",
        "ttl_s": "",
    }
    line = TypedRule(type="voicemail_new", name="3", attempt="3", retries="4", retry_after_s="2 h")
    assert shown.rules[2] == line
    assert write(PRESETS["zitadel"]).numbers["ttl_s"] == "5 min"


def test_what_is_left_empty_is_as_usual():
    assert read(typed()) == RetryPolicy(name="p", kind="steps", steps=(60,))


def test_every_number_is_read():
    policy = read(
        typed(kind="exponential", initial_s=" 25 ", base="4", max_delay_s="1 h", max_attempts="8", ttl_s="2 d")
    )
    assert (policy.initial_s, policy.base, policy.max_delay_s) == (25, 4, 3600)
    assert (policy.max_attempts, policy.ttl_s) == (8, 172800)


@pytest.mark.parametrize("factor", ["true", "True", "TRUE"])
def test_the_factor_true_is_one(factor):
    """Who brings the settings of Open Notificaties along may have that."""
    assert read(typed(kind="exponential", initial_s=factor)).initial_s == 1


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("steps", "60, soon", "“soon” is no duration"),
        ("initial_s", "x", "is no duration"),
        ("base", "twice", "A number, please, not “twice”."),
        ("base", "nan", "A number from 0 to 1000"),
        ("max_delay_s", "-5", "is no duration"),
        ("max_attempts", "4.0", "A whole number, please, not “4.0”."),
        ("max_attempts", "٤", "A whole number, please"),
        ("max_attempts", "9" * 10, "A whole number, please"),
        ("max_attempts", "1001", "from 1 to 1000"),
        ("ttl_s", "for ever", "is no duration"),
    ],
)
def test_what_cannot_be_read_is_named(field, text, sentence):
    found = problems(typed(**{field: text}))
    assert list(found) == [field]
    assert sentence in found[field]


def test_all_that_is_wrong_is_named_at_once():
    wrong = TypedPolicy(name="", kind="", numbers={"base": "x", "max_attempts": "0"}, rules=[TypedRule(name="a")])
    assert set(problems(wrong)) == {"name", "kind", "base", "max_attempts", "rules"}


def test_lines_are_rules_and_an_empty_one_is_none():
    rules = (
        TypedRule(type="fax", attempt="1", retry_after_s="15 min"),
        TypedRule(),
        TypedRule(type="fax", retries="9"),
        TypedRule(type="post", name="slow", retry_after_s="1 d", retries="2"),
    )
    assert read(typed(*rules)).rules == {
        "fax": {"1": Rule(attempt=1, retry_after_s=900), "any": Rule(retries=9)},
        "post": {"slow": Rule(retry_after_s=86400, retries=2)},
    }


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (TypedRule(name="a", retries="1"), "Line 1: For which type of message is it?"),
        (TypedRule(type="fax", attempt="first"), "Line 1: A whole number, please, not “first”."),
        (TypedRule(type="fax", retries="-1"), "Line 1: A whole number, please, not “-1”."),
        (TypedRule(type="fax", retry_after_s="soon"), "Line 1: “soon” is no duration"),
        (TypedRule(type="fax", attempt="1"), "it says neither"),
    ],
)
def test_a_line_that_makes_no_sense(line, sentence):
    found = problems(typed(line))
    assert list(found) == ["rules"]
    assert sentence in found["rules"]


def test_two_lines_of_one_name():
    line = TypedRule(type="fax", attempt="1", retry_after_s="5")
    assert "Line 2: fax has a rule “1” already." in problems(typed(line, line))["rules"]
