"""The page for whoever writes a formatter shows the very one that the tests install, and names what there is."""

import re

from tests.support import ROOT
from webapp.domain import blanks
from webapp.domain.envelope import Format
from webapp.formatters import Context, Formatter, Item, Output, formatters

PAGE = (ROOT / "docs" / "formatters.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "tests" / "plugins" / "incidents.py").read_text(encoding="utf-8")


def test_the_example_is_the_one_that_is_tested() -> None:
    [shown] = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert shown == EXAMPLE, "Copy tests/plugins/incidents.py into docs/formatters.md."


def test_it_names_every_formatter_and_all_that_one_is_given_or_gives() -> None:
    given = (*Item.__slots__, *Context.__slots__, *Output.__slots__, *Format.__slots__, *Formatter.__annotations__)
    there = (*formatters(), *given, "RECIPIENT", "WHY", "UNSUBSCRIBE")
    assert [name for name in there if f"`{name}" not in PAGE] == []


def test_what_it_names_is_there() -> None:
    declared = re.findall(r"^\| `(\w+)`", PAGE[PAGE.index("## What it declares") :], re.MULTILINE)
    assert set(declared) == {"label", "channels", "groups", "same_for_all"}
    assert all(hasattr(blanks, name) for name in ("RECIPIENT", "WHY", "UNSUBSCRIBE"))
