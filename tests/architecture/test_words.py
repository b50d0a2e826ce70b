"""What the repository's files must not say."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.source import files

# Put together from halves, or this file would be the first to say them.
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
# Whose machine it was written on is nobody's business: such an address works nowhere else.
PLACES = re.compile(
    "|".join(["/wo" + "rk/", r"\.\./sha" + "red", "/opt/py" + "pi", "/opt/whe" + "els", "pythonho" + "sted"])
)

TEXTS = [path for path in files() if path.suffix not in {".png", ".ico", ".woff2", ".jpg", ".mo"}]


@pytest.mark.parametrize("rule", [UNFINISHED, PLACES], ids=["unfinished", "places"])
def test_no_file_says(rule: re.Pattern[str]) -> None:
    said = [f"{path}:{number}" for path in TEXTS for number, line in _lines(path) if rule.search(line)]
    assert not said


def _lines(path: Path) -> list[tuple[int, str]]:
    text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
    return list(enumerate(text.splitlines(), start=1))
