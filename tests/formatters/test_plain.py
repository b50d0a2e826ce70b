"""The plain formatter: one message, one output, within what the provider can carry."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.blanks import RECIPIENT, UNSUBSCRIBE, WHY
from webapp.domain.envelope import Format
from webapp.domain.segments import segments
from webapp.formatters import Context, Item, formatters

CONTEXT = Context("Emil", "team.news", "Team news", "UTC", "en_GB", "https://belfry.example.com")
ITEM = Item(
    "1", "Lunch <b>now</b>", "At *noon* in <script>alert(1)</script>\n\n- soup\n- bread", "https://example.com/menu",
    "Edith & Co", "message", *[datetime(2026, 3, 2, 9, 0, tzinfo=UTC)] * 2,
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
    assert page.select("script, img, b") == []
    assert "alert(1)" not in page.style.text
    assert "Edith & Co" in page.text
    assert page.select_one('a[href="https://example.com/menu"]')


def test_without_a_link_or_an_address_there_is_none():
    made = plain(replace(ITEM, link=None), context=replace(CONTEXT, public_url=""))
    assert BeautifulSoup(made.html or "", "html.parser").select("a") == []
    assert "http" not in made.text
    for text in (made.text, made.html or ""):
        assert "You choose how you get it: in Belfry, under Preferences." in text


@pytest.mark.parametrize("public_url", ["", "https://belfry.example.com"])
def test_what_everybody_has_to_get_says_so_and_has_no_way_out(public_url):
    made = plain(context=replace(CONTEXT, required=True, public_url=public_url))
    for text in (made.text, made.html or ""):
        assert "Everybody has to get this channel: it cannot be turned off." in text
        assert "Stop these" not in text
        assert UNSUBSCRIBE not in text
        assert "/preferences" not in text


def test_the_foot_has_blanks_for_what_is_the_readers_own():
    made = plain()
    for text in (made.text, made.html or ""):
        assert f"For {RECIPIENT}: " in text
        assert f"posted this on Team news {WHY}." in text
        assert UNSUBSCRIBE in text
        assert "https://belfry.example.com/preferences" in text


def test_many_readers_share_one_text():
    texts = {
        plain(context=replace(CONTEXT, recipient=name, tz=tz)).html for name, tz in [("A", "UTC"), ("B", "Asia/Tokyo")]
    }
    assert len(texts) == 1


def test_a_mail_program_is_told_of_both_pages_and_shows_how_it_begins():
    page = BeautifulSoup(plain().html or "", "html.parser")
    assert page.select_one('meta[name="color-scheme"]')["content"] == "light dark"
    assert "prefers-color-scheme: dark" in page.style.text
    assert page.body.div.text.startswith("At noon in <script>alert(1)</script> soup bread")
    assert "display:none" in page.body.div["style"]


def test_each_tag_of_a_text_brings_its_own_style():
    body = "# Head\n\n> quote\n\n`code`\n\n    block\n\n1. one\n\n|a|b|\n|-|-|\n|1|2|\n\n---\n\n[x](https://x.example)"
    page = BeautifulSoup(plain(replace(ITEM, body=body)).html or "", "html.parser")
    text = page.select("div[dir=auto] :is(p, h3, blockquote, code, pre, ol, li, table, th, td, hr, a)")
    assert {tag.name for tag in text} >= {"p", "h3", "blockquote", "code", "pre", "ol", "li", "table", "th", "td", "hr"}
    assert [tag.name for tag in text if not tag.get("style")] == []


def test_who_cannot_show_html_gets_none():
    assert plain(limits=Format(html=False)).html is None


def test_the_longest_text_of_a_short_medium_ends_in_an_ellipsis():
    item = replace(ITEM, subject="Alarm", body="<b>" + "x" * 193 + "</b>", link=None)
    made = plain(item, Format(max_length=140, html=False))
    assert made.html is None
    assert len(made.text) == 140
    assert made.text.startswith("Alarm: <b>xxx")
    assert made.text.endswith("x...")
    assert segments(made.text).count == 1


def test_a_text_that_fits_is_whole():
    item = replace(ITEM, subject="A", body="one\n\n**two**")
    assert plain(replace(item, link=None), Format(140)).text == "A: one two"
    assert plain(item, Format(140)).text == "A: one two https://example.com/menu"


def test_a_link_is_whole_or_not_there():
    assert plain(replace(ITEM, body="x" * 200), Format(140)).text.endswith("x... https://example.com/menu")
    assert "https" not in plain(replace(ITEM, link="https://example.com/" + "y" * 100), Format(140)).text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300), st.integers(2, 200))
def test_a_short_text_is_never_longer_than_allowed(body, longest):
    assert len(plain(replace(ITEM, body=body), Format(longest)).text) <= longest


@pytest.mark.parametrize("count", [0, 3])
def test_nothing_is_merged(count):
    items = [replace(ITEM, id=str(number)) for number in range(count)]
    made = formatters()["plain"].format(items, Format(), CONTEXT)
    assert [output.contains for output in made] == [(str(number),) for number in range(count)]
