"""What text is refused at the door, before it can explode in a header or a database."""

import pytest

from webapp.domain.text import problem_in_body, problem_in_line, storable

BREAKS = ["\n", "\r", "\r\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x7f", "\x1b"]


@pytest.mark.parametrize("line", ["Release 4.2", "Grüße, 世界 🎉", "a\tb", "x" * 200, "👩‍👩‍👧", "عربى"])
def test_a_line_that_is_fine(line):
    assert problem_in_line(line, longest=200) is None


@pytest.mark.parametrize("mark", [*BREAKS, "\u202e", "\u2066"], ids=ascii)
def test_a_line_is_one_line_in_one_direction(mark):
    problem = problem_in_line(f"before{mark}after", longest=200)
    assert problem is not None
    assert f"U+{ord(mark[0]):04X}" in problem


@pytest.mark.parametrize("empty", ["", "   ", "\t"], ids=ascii)
def test_nothing_is_no_line(empty):
    assert problem_in_line(empty, longest=10) == "Please fill this in."


def test_a_line_that_is_too_long_is_told_its_length():
    assert problem_in_line("x" * 201, longest=200) == "At most 200 characters, please: this has 201."


def test_half_a_character_is_refused():
    for problem in (problem_in_line("\ud83d", longest=9), problem_in_body("\ud83d", largest=9)):
        assert problem is not None
        assert "half of a character" in problem


def test_a_body_may_have_lines_and_tabs():
    assert problem_in_body("one\n\ttwo\r\nthree\u2028four", largest=100) is None


@pytest.mark.parametrize("mark", ["\x00", "\x0b", "\x0c", "\x1b", "\x7f"], ids=ascii)
def test_a_body_has_no_other_controls(mark):
    assert f"U+{ord(mark):04X}" in str(problem_in_body(f"a{mark}b", largest=100))


def test_a_body_is_measured_in_bytes():
    assert problem_in_body("é" * 512, largest=1024) is None
    assert problem_in_body("é" * 513, largest=1024) == "At most 1 KiB, please: this has 2 KiB."
    assert problem_in_body(" \n", largest=1024) == "Please write something."


def test_what_others_say_can_be_stored():
    assert storable("a\x00b\ud800c\n\x0b", longest=6) == "a\ufffdb\ufffdc\n"
