"""What holds for every formatter that there is, whatever it is given."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from bs4 import BeautifulSoup

from webapp.domain.envelope import Envelope, Format
from webapp.formatters import Context, Item, format_checked, formatters

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context("Emil", "team.news", "Team news", "Europe/Paris", "en_GB", "https://belfry.example.com")
ITEM = Item("1", "Lunch", "At *noon*.", None, "Edith", "message", AT, AT)
LIMITS = [Format(), Format(html=False), Format(140, html=False), Format(1600, html=False), Format(20, html=False)]
ACTIVE = '<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))<svg/onload=alert(1)>"><b>'
ODD = {
    "nothing": [],
    "one": [ITEM],
    "next to nothing": [replace(ITEM, subject=".", body=".")],
    "only a space more": [replace(ITEM, body="\u00a0 x")],
    "of the largest size": [replace(ITEM, body="x" * 64 * 1024)],
    "deep Markdown": [replace(ITEM, body=">" * 500 + "x\n" + "- " * 500 + "y")],
    "emoji": [replace(ITEM, subject="🎉" * 200, body="👨‍👩‍👧 " * 100)],
    "from right to left": [replace(ITEM, subject="مرحبا " * 20, body="שלום **עולם**\n\n- אחת")],
    "HTML": [replace(ITEM, subject=ACTIVE, body=ACTIVE, sender=ACTIVE, link='https://x.example/"><script>')],
    "a subject as long as may be": [replace(ITEM, subject="s" * 200, link="https://x.example/" + "y" * 1900)],
    "templates": [
        replace(ITEM, subject="{{ 7 * 7 }} {% raw %}", body="{{ why }} %(why)s ␚why␚", sender="{{ blanks }}")
    ],
    "several of one moment": [replace(ITEM, id=str(number)) for number in range(5)],
    "very many": [
        replace(ITEM, id=str(n), subject=f"No. {n}", body="word " * 50, visible_at=AT + timedelta(seconds=n))
        for n in range(500)
    ],
}


@cache
def made(name, odd, limits, context=CONTEXT):
    return format_checked(name, ODD[odd], limits, context)


every = pytest.mark.parametrize("name", list(formatters()))
given = pytest.mark.parametrize("odd", list(ODD))
within = pytest.mark.parametrize("limits", LIMITS, ids=lambda one: f"{one.max_length}{'+html' if one.html else ''}")


@every
def test_it_says_what_it_is(name):
    one = formatters()[name]
    assert one.label
    assert isinstance(one.groups, bool)
    assert all(isinstance(glob, str) for glob in one.channels)


@every
@given
@within
def test_what_it_makes_can_be_sent_and_leaves_nothing_out(name, odd, limits):
    outputs = made(name, odd, limits)
    assert {id_ for output in outputs for id_ in output.contains} == {item.id for item in ODD[odd]}
    assert all(limits.carries(output.text, output.html) for output in outputs)


@every
@given
@within
def test_it_makes_the_same_of_the_same(name, odd, limits):
    assert formatters()[name].format(ODD[odd], limits, replace(CONTEXT)) == made(name, odd, limits)


@every
@given
def test_its_page_is_not_active_and_loads_nothing(name, odd):
    for output in made(name, odd, Format()):
        page = BeautifulSoup(output.html, "html.parser")
        assert page.select("script, img, svg, iframe, object, form, input, link, base, b") == []
        for tag in page.find_all(True):
            assert [key for key in tag.attrs if key.startswith("on")] == []
            assert re.match(r"https?:|mailto:|\x1a", str(tag.get("href", "https:")))
            assert "url(" not in str(tag.get("style", ""))


@every
@given
def test_what_is_written_is_shown_as_it_was(name, odd):
    for output in made(name, odd, Format()):
        shown = BeautifulSoup(output.html, "html.parser").get_text()
        assert all(item.subject in shown for item in ODD[odd] if item.id in output.contains[:15])


@every
@given
def test_what_is_the_readers_own_can_be_filled_in(name, odd):
    for output in made(name, odd, Format()):
        envelope = Envelope("1", "email", "e@x", "Zoë <z>", "Edith", "c", output.subject, output.text, output.html, AT)
        own = envelope._replace(why="by chance", unsubscribe="https://x.example/u/1").personal()
        assert own.html
        assert "\x1a" not in own.text + own.html
        assert ("Zoë <z>" in own.text, "Zoë &lt;z&gt;" in own.html) == (True, True)
        assert ("by chance." in own.text, "by chance." in own.html) == (True, True)
        assert ("https://x.example/u/1" in own.text, '"https://x.example/u/1"' in own.html) == (True, True)


@every
def test_nobodys_text_gets_into_anothers(name):
    items = [replace(ITEM, id="1", subject="For Ana"), replace(ITEM, id="2", subject="For Bo")]
    one, two = (format_checked(name, [item], Format(), CONTEXT) for item in items)
    assert ("For Bo" in (one[0].html or ""), "For Ana" in (two[0].html or "")) == (False, False)
