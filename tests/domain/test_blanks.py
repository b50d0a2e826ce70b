"""Blanks: what each reader's own words go into, and what nobody can write by hand."""

import pytest

from webapp.domain.blanks import (
    MARK,
    RECIPIENT,
    UNSUBSCRIBE,
    WHY,
    beginning,
    blank,
    filled,
    filled_html,
    problem_in_blanks,
)
from webapp.domain.text import problem_in_body, problem_in_line


def test_each_is_filled_with_its_own():
    assert filled(f"For {RECIPIENT}: {WHY}.", {"recipient": "Emil", "why": "by name"}) == "For Emil: by name."


def test_a_value_is_not_read_again():
    assert filled(f"For {RECIPIENT}: {WHY}.", {"recipient": WHY, "why": "by name"}) == f"For {WHY}: by name."


def test_what_nobody_has_a_value_for_is_left_out():
    assert filled(f"[{UNSUBSCRIBE}]", {}) == "[]"


def test_in_a_page_a_value_is_text():
    page = f'<a href="{UNSUBSCRIBE}">{RECIPIENT}</a>'
    values = {"unsubscribe": 'x"onclick="y', "recipient": "<b>"}
    assert filled_html(page, values) == '<a href="x&quot;onclick=&quot;y">&lt;b&gt;</a>'


@pytest.mark.parametrize("text", ["{{ why }}", "why", "%(why)s", "␚why␚"])
def test_whoever_writes_its_name_has_written_just_that(text):
    assert filled(text, {"why": "by name"}) == text


def test_the_door_lets_none_in():
    assert "U+001A" in (problem_in_line(f"Hello {RECIPIENT}", longest=200) or "")
    assert "U+001A" in (problem_in_body(f"Hello {RECIPIENT}", largest=1000) or "")


@pytest.mark.parametrize(("text", "at"), [("", 0), ("Hello", 5), (f"Hello {WHY} and {RECIPIENT}", 6)])
def test_where_the_first_one_begins(text, at):
    assert beginning(text) == text[:at]


@pytest.mark.parametrize("text", ["", "Hello", f"{RECIPIENT}{WHY}{UNSUBSCRIBE}"])
def test_those_that_there_are_may_stand_in_a_text(text):
    assert problem_in_blanks(text) is None


@pytest.mark.parametrize("text", [MARK, blank("token"), f"{RECIPIENT}{MARK}", f"{MARK}{WHY}"])
def test_others_may_not(text):
    assert problem_in_blanks(text)
