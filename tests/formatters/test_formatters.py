"""Formatters as a whole: what they may give back."""

from datetime import UTC, datetime

import pytest

from webapp.domain.blanks import MARK, RECIPIENT, WHY
from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, Output, format_checked, formatters

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context("Emil", "team.news", "News", "UTC", "en_GB", "")
ITEMS = [Item(id_, "Lunch", "Noon.", None, "Edith", "message", AT, AT) for id_ in ("1", "2")]


@pytest.fixture
def outputs():
    """What the formatter named ``told`` makes of anything."""
    made: list[Output] = []

    class Told:
        label, channels, groups = "Told", (), True

        def format(self, _items, _limits, _context):
            return made

    formatters().add("told", Told())
    yield made
    formatters()._plugins.pop("told")


def output(*contains, subject="Lunch", text="Noon.", html=None):
    return Output(subject, text, html, contains)


def check():
    return format_checked("told", ITEMS, Format(), CONTEXT)


def test_plain_is_the_default_of_all():
    assert "plain" in formatters()
    assert [made.contains for made in format_checked(None, ITEMS, Format(), CONTEXT)] == [("1",), ("2",)]
    with pytest.raises(KeyError):
        format_checked("lunar", ITEMS, Format(), CONTEXT)


@pytest.mark.parametrize("given", [[], [output("1")], [output("1", "2")], [output("2"), output("1")]])
def test_each_input_may_be_in_one_output_or_in_none(outputs, given):
    outputs += given
    assert check() == given


@pytest.mark.parametrize("given", [[output("3")], [output("1", "1")], [output("1"), output("1")]])
def test_an_unknown_or_twice_used_input_is_refused(outputs, given):
    outputs += given
    with pytest.raises(ValueError, match="unknown delivery, or one twice"):
        check()


def test_an_output_of_nothing_is_refused(outputs):
    outputs.append(output())
    with pytest.raises(ValueError, match="made of no delivery"):
        check()


@pytest.mark.parametrize("given", [{"text": "x" * 11}, {"html": "<p>x</p>"}, {"text": WHY}])
def test_what_the_medium_cannot_carry_is_refused(outputs, given):
    outputs.append(output("1", **given))
    with pytest.raises(ValueError, match="made what cannot be sent"):
        format_checked("told", ITEMS, Format(max_length=10, html=False), CONTEXT)


def test_blanks_that_there_are_may_stand_in_what_has_no_bound(outputs):
    outputs.append(output("1", text=f"Noon. {WHY}", html=f"<p>{RECIPIENT}</p>"))
    assert check() == outputs


def test_more_outputs_than_there_is_to_put_in_are_not_waited_for(monkeypatch):
    class Endless:
        label, channels, groups = "Endless", (), False

        def format(self, *_):
            while True:
                yield output("1")

    monkeypatch.setitem(formatters()._plugins, "endless", Endless())
    with pytest.raises(ValueError, match="or one twice"):
        format_checked("endless", ITEMS, Format(), CONTEXT)


@pytest.mark.parametrize(
    "odd",
    [
        {"text": f"{MARK}token{MARK}"},
        {"subject": f"For {RECIPIENT}"},
        {"subject": "two\nlines"},
        {"subject": ""},
        {"subject": "x" * 301},
        {"text": "a\x00b"},
        {"text": "\ud800"},
        {"html": "\x00"},
        {"text": "x" * (4 * 1024 * 1024 + 1)},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_what_could_not_be_stored_or_sent_is_refused(outputs, odd):
    outputs.append(output("1", **odd))
    with pytest.raises(ValueError, match="made what cannot be sent"):
        check()
