"""Callback checks: passed is what is right in every step."""

import pytest

from webapp.domain.callback_check import CheckResult, Step


@pytest.mark.parametrize(
    ("oks", "passed"), [((True, True), True), ((True, False), False), ((False, True), False), ((False,), False)]
)
def test_it_has_passed_where_every_step_is_as_it_should_be(oks, passed):
    assert CheckResult(tuple(Step("Asked", 200, "OK", "Taken.", ok) for ok in oks)).passed is passed
