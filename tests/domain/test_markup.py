"""Markdown: safe HTML, plain text, and one line of it."""

import re
import time

import pytest

from webapp.domain.markup import to_html, to_line, to_text


def test_what_people_write_becomes_html():
    assert to_html("At **noon**,\n\n- one\n- two") == (
        "<p>At <strong>noon</strong>,</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )


def test_a_table():
    assert "<td>1</td>" in to_html("|a|\n|-|\n|1|")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<b onclick=x>",
        "![x](data:image/png;base64,AA)",
        "[x](javascript:alert(1))",
        "\x00",
    ],
)
def test_nothing_active_gets_through(evil):
    html = to_html(evil)
    assert "<script" not in html
    assert "<b" not in html
    assert "<img" not in html
    assert "href" not in html


@pytest.mark.parametrize(
    ("markdown", "levels"),
    [("# a\n# b", "33"), ("## a\n# b\n## c", "334"), ("# a\n##### b\n### c\n# d", "3443")],
)
def test_headings_go_below_those_of_the_page_one_step_at_a_time(markdown, levels):
    assert "".join(re.findall(r"<h(\d)>", to_html(markdown))) == levels


def test_headings_end():
    deep = "\n".join("#" * level + " x" for level in range(1, 7))
    assert re.findall(r"<h(\d)>", to_html(deep)) == list("345666")


def test_what_is_wide_can_be_scrolled_by_keyboard():
    assert to_html("    x") == '<pre tabindex="0"><code>x\n</code></pre>\n'
    assert '<table tabindex="0">' in to_html("|a|\n|-|\n|1|")


def test_links_tell_the_far_side_nothing():
    assert to_html("[x](https://example.com)") == '<p><a href="https://example.com" rel="noopener">x</a></p>\n'


def test_text_is_as_it_was_written():
    assert to_text("  At **noon**\r\n\r\n- one\x85two ") == "At **noon**\n\n- one\ntwo"


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("# Today\n\nAt **noon**, _sharp_.", "Today At noon, sharp."),
        ("- one\n* two\n+ three", "one two three"),
        ("> quoted\n\n```py\nx = 1\n```", "quoted x = 1"),
        ("see [the *list*](https://example.com/a_(b)) now", "see the list now"),
        ("snake_case, 2 * 3 * 4, C#, a > b", "snake_case, 2 * 3 * 4, C#, a > b"),
        ("<b>&amp;", "<b>&amp;"),
        ("", ""),
    ],
)
def test_one_line_without_the_marks(markdown, line):
    assert to_line(markdown) == line


def test_a_line_of_marks_takes_no_time():
    assert to_line("[(" * 200 + "*_" * 200)


SIZE = 64 * 1024


def tables(columns, rows, count):
    return ("|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + "|x\n" * rows + "\n") * count


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(tables(250, 20_000, 1), id="wide"),
        pytest.param(tables(240, 250, 40), id="many_tables"),
        pytest.param("".join(f"> {line}\n" for line in tables(100, 500, 40).splitlines()), id="quoted"),
        pytest.param((">" * 19 + "a\n\n") * 5000, id="deep"),
        pytest.param("- a\n" * 20_000, id="items"),
        pytest.param("[![](" * 20_000, id="brackets"),
        pytest.param("[" * SIZE, id="open"),
        pytest.param("*_" * SIZE, id="stars"),
        pytest.param("_a__b" * SIZE, id="underscores"),
    ],
)
def test_whatever_fits_into_a_message_costs_little_and_stays_small(written):
    before = time.thread_time()
    made = to_html(written[:SIZE])
    to_line(written[:SIZE])
    assert time.thread_time() - before < 5  # about half a second; without bounds these were up to 40
    assert len(made) < 1024 * 1024


@pytest.mark.parametrize("written", [tables(250, 300, 1) + "<b>", "- a\n" * 20_000 + "<b>", "[" * 6000 + "<b>"])
def test_what_would_be_too_much_is_shown_as_it_was_written(written):
    assert to_html(written) == f'<pre tabindex="0">{written.replace("<b>", "&lt;b&gt;")}</pre>'


def test_a_large_table_is_still_one():
    assert to_html("|a|b|c|\n|-|-|-|\n" + "|x|y|z|\n" * 1000).count("<td>") == 3000
