"""The digest: all that one person has due on a channel, in one, as they would read it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from webapp.domain.envelope import Format
from webapp.domain.segments import segments
from webapp.formatters import Context, Item, formatters

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context("Emil", "team.releases", "Releases", "Europe/Paris", "en_GB", "https://belfry.example.com")
LUNCH = Item("1", "Lunch at noon", "Soup, and *bread*.", None, "Max", "message", AT, AT)
BUILD = Item(
    "2", "Build 118 has passed", "It went well.", "https://b.example/118", "Ana", "message", AT, AT + timedelta(hours=2)
)


def digest(*items, limits=None, **context):
    return formatters()["digest"].format(items, limits or Format(), replace(CONTEXT, **context))


def many(count):
    return [
        replace(LUNCH, id=str(n), subject=f"Number {n}.", visible_at=AT + timedelta(minutes=n)) for n in range(count)
    ]


def test_nothing_is_nothing():
    assert digest() == []


def test_one_that_was_scheduled_stands_where_and_when_it_appeared():
    written_first = replace(BUILD, created_at=AT - timedelta(days=3))
    [made] = digest(written_first, LUNCH)
    assert made.contains == ("2", "1")
    assert "Ana, Mon 2 Mar, 12:00" in made.text
    assert "27 Feb" not in made.text


def test_all_are_in_one_the_newest_first():
    [made] = digest(LUNCH, BUILD)
    assert made.subject == "2 new on Releases: Build 118 has passed; Lunch at noon"
    assert made.contains == ("2", "1")
    page = BeautifulSoup(made.html, "html.parser")
    assert page.h1.text == "2 new on Releases"
    assert [heading.text for heading in page.select("h2")] == ["Build 118 has passed", "Lunch at noon"]
    assert page.select_one("em").text == "bread"
    assert page.select_one("a[href='https://b.example/118']")
    for words in (
        "Soup, and *bread*.",
        "It went well.",
        "https://b.example/118",
        "Ana and Max posted this on Releases",
    ):
        assert words in made.text


@pytest.mark.parametrize(
    ("tz", "locale", "at"),
    [
        ("Europe/Paris", "en_GB", "Max, Mon 2 Mar, 10:00"),
        ("America/New_York", "en_US", "Max, Mon, Mar 2, 4:00\u202fAM"),
        ("Asia/Tokyo", "de_DE", "Max, Mo., 2. März, 18:00"),
        ("UTC", "xx_YY", "Max, Mon, Mar 2, 9:00\u202fAM"),
    ],
)
def test_times_are_those_of_the_reader(tz, locale, at):
    [made] = digest(LUNCH, tz=tz, locale=locale)
    assert at in made.text
    assert at in made.html


def test_one_by_itself_is_called_what_it_is_called():
    assert digest(LUNCH)[0].subject == "Lunch at noon"


def test_a_short_medium_gets_a_short_text():
    [made] = digest(LUNCH, BUILD, LUNCH, limits=Format(160, html=False))
    assert (made.text, made.html) == ("3 new on Releases: Build 118 has passed; Lunch at noon; Lunch at noon", None)
    [made] = digest(*many(50), limits=Format(140, html=False))
    assert made.text.startswith("50 new on Releases: Number 49.; ")
    assert (len(made.text) <= 140, made.text[-3:], segments(made.text).count) == (True, "...", 1)


def test_of_many_the_newest_are_shown_in_full_others_by_their_subject_and_the_rest_counted():
    [made] = digest(*many(90))
    assert len(made.contains) == 90
    page = BeautifulSoup(made.html, "html.parser")
    assert [heading.text for heading in page.select("h2")] == [f"Number {n}." for n in range(89, 74, -1)]
    lines = [line.text for line in page.select("div > ul > li")]
    assert lines[0] == "Number 74. (Max, Mon 2 Mar, 11:14)"
    assert (len(lines), lines[-1]) == (51, "… and 25 more")


def test_who_wrote_is_said_but_not_at_any_length():
    items = [replace(LUNCH, id=name, sender=name) for name in "ABCDE"]
    assert "E, D and 3 more posted this" in digest(*items)[0].text


def test_a_long_text_ends_after_a_whole_line():
    [made] = digest(replace(LUNCH, body="One line of it.\n" * 400))
    assert "One line of it.\n\n…" in made.text
    assert len(made.text) < 2000


def test_a_mail_of_usual_texts_is_not_longer_than_mail_programs_show():
    body = ("Some **words** in a line that is not too long, with `code` and more. " * 3 + "\n\n") * 300
    items = [replace(item, body=body, link="https://example.com/" + "y" * 200) for item in many(500)]
    assert len(digest(*items)[0].html.encode()) < 100_000
