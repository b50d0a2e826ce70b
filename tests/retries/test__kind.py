"""What a kind's module says of itself, and what is said of one that says nothing."""

from types import ModuleType

import pytest

from webapp.domain.retry_policy import RetryPolicy
from webapp.retries import exponential, forward_jitter, linear, steps
from webapp.retries._kind import Kind, read_kind


def test_a_bare_module_is_called_by_its_name_and_asked_for_every_number():
    module = ModuleType("installed.by.somebody.lunar")
    module.delay = delay = lambda policy, failures, previous_s, draw: 7.0
    assert read_kind(module) == ("lunar", Kind("lunar", "lunar", "", ("steps", "initial_s", "base"), delay))


def test_a_module_says_what_it_is():
    module = ModuleType("lunar")
    module.delay = delay = lambda policy, failures, previous_s, draw: 7.0
    module.LABEL, module.SUMMARY, module.NUMBERS = "By the moon", "Each month.", ("base",)
    assert read_kind(module) == ("lunar", Kind("lunar", "By the moon", "Each month.", ("base",), delay))


def test_what_has_no_delay_is_no_kind():
    with pytest.raises(AttributeError):
        read_kind(ModuleType("empty"))


@pytest.mark.parametrize(
    ("module", "name", "numbers"),
    [
        (steps, "steps", ("steps",)),
        (linear, "linear", ("initial_s",)),
        (exponential, "exponential", ("initial_s", "base")),
        (forward_jitter, "forward_jitter", ("initial_s", "base")),
    ],
)
def test_ours(module, name, numbers):
    found, kind = read_kind(module)
    assert (found, kind.numbers) == (name, numbers)
    assert kind.label
    assert kind.summary.endswith((".", "…"))
    policy = RetryPolicy(name="p", kind=name, steps=(60,), initial_s=60, base=1)
    assert kind.delay(policy, 1, 0.0, lambda low, _high: low) == 60
