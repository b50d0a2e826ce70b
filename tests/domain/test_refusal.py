"""The four ways of saying no, and what they have in common."""

import pytest

from webapp.domain.refusal import Conflict, Missing, Refused, Throttled, refuse_if


@pytest.mark.parametrize(("kind", "status"), [(Refused, 422), (Missing, 404), (Conflict, 409)])
def test_each_has_its_status_and_its_sentences(kind, status):
    refused = kind({"role": "No.", "name": "Neither."})
    assert isinstance(refused, Refused)
    assert refused.status == status
    assert refused.problems == {"role": "No.", "name": "Neither."}
    assert str(refused) == "role: No.; name: Neither."


def test_throttled_says_when_to_come_back():
    throttled = Throttled({"password": "Too many."}, retry_after=42)
    assert (throttled.status, throttled.retry_after, throttled.problems) == (429, 42, {"password": "Too many."})


def test_what_was_handed_in_may_change_afterwards():
    problems = {"a": "No."}
    refused = Refused(problems)
    problems.clear()
    assert refused.problems == {"a": "No."}


def test_only_what_is_a_problem_is_refused():
    with pytest.raises(Refused) as caught:
        refuse_if({"name": None, "role": "No.", "title": ""})
    assert caught.value.problems == {"role": "No."}


@pytest.mark.parametrize("fine", [{}, {"name": None, "title": ""}])
def test_without_a_problem_nothing_is_refused(fine):
    refuse_if(fine)
