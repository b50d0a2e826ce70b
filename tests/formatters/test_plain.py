"""The plain formatter: one message, one output, within what the provider can carry."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, formatters

CONTEXT = Context("Emil", "team.news", "Team news", "UTC", "en_GB", "https://belfry.example.com")
ITEM = Item(
    "1", "Lunch <b>now</b>", "At *noon* in <script>alert(1)</script>\n\n- soup\n- bread", "https://example.com/menu",
    "Edith & Co", "message", datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
)  # fmt: skip


def plain(item=ITEM, limits=None, context=CONTEXT):
    [made] = formatters()["plain"].format([item], limits or Format(), context)
    return made


def test_the_text_is_as_it_was_written_and_says_where_it_is_from():
    made = plain()
    assert (made.subject, made.contains) == (ITEM.subject, ("1",))
    for words in ("At *noon* in", "- soup", "https://example.com/menu", "Edith & Co", "Team news"):
        assert words in made.text


def test_the_html_is_safe():
    made = plain()
    page = BeautifulSoup(made.html or "", "html.parser")
    assert page.select_one("em").text == "noon"
    assert [item.text for item in page.select("li")] == ["soup", "bread"]
    assert page.select("script, img, style, b") == []
    assert "Edith & Co" in page.text
    assert page.select_one('a[href="https://example.com/menu"]')


def test_without_a_link_or_an_address_there_is_none():
    made = plain(replace(ITEM, link=None), context=replace(CONTEXT, public_url=""))
    assert BeautifulSoup(made.html or "", "html.parser").select("a") == []
    assert "http" not in made.text


def test_who_cannot_show_html_gets_none():
    assert plain(limits=Format(html=False)).html is None


def test_the_longest_text_of_a_short_medium_ends_in_an_ellipsis():
    made = plain(replace(ITEM, subject="Alarm", body="<b>" + "x" * 193 + "</b>"), Format(max_length=140, html=False))
    assert made.html is None
    assert len(made.text) == 140
    assert made.text.startswith("Alarm: <b>xxx")
    assert made.text.endswith("…")


def test_a_text_that_fits_is_whole():
    assert plain(replace(ITEM, subject="A", body="one\n\ntwo"), Format(140)).text == "A: one two"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300), st.integers(2, 200))
def test_a_short_text_is_never_longer_than_allowed(body, longest):
    assert len(plain(replace(ITEM, body=body), Format(longest)).text) <= longest


@pytest.mark.parametrize("count", [0, 3])
def test_nothing_is_merged(count):
    items = [replace(ITEM, id=str(number)) for number in range(count)]
    made = formatters()["plain"].format(items, Format(), CONTEXT)
    assert [output.contains for output in made] == [(str(number),) for number in range(count)]
