"""A class is one thing: all sheets are loaded on every page, so one screen's must not change another's look."""

import re
from collections import defaultdict
from pathlib import Path

from tests.support import ROOT

SHARED = {"tokens", "base", "layout", "components", "tables", "forms"}  # they build on each other
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
_RULE = re.compile(r"([^{}@;]+)\{")
_BARE = re.compile(r"\s*\.([a-z][\w-]*)\s*")


def bare_classes(css: str) -> set[str]:
    """What is styled by its class alone, wherever it stands."""
    rules = _RULE.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return {found[1] for rule in rules for one in rule.split(",") if (found := _BARE.fullmatch(one))}


def test_no_screen_styles_a_class_that_another_sheet_styles() -> None:
    styled: dict[str, list[Path]] = defaultdict(list)
    for sheet in SHEETS:
        for name in bare_classes(sheet.read_text(encoding="utf-8")):
            styled[name].append(sheet)
    assert {
        name: [sheet.name for sheet in sheets]
        for name, sheets in styled.items()
        if len(sheets) > 1 and any(sheet.stem not in SHARED for sheet in sheets)
    } == {}


def test_what_is_bare() -> None:
    css = "/* .not */ .count, .menu .count { margin: 0 }\n@media (max-width: 3rem) { .way { color: red } }"
    assert bare_classes(css) == {"count", "way"}
