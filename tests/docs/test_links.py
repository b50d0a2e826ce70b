"""Every link of the documents leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.source import files, read

PAGES = [path for path in files() if path.suffix == ".md"]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", PAGES, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = [link for link in _links(document) if not _leads_somewhere(document, link)]
    assert not broken


def test_there_are_links() -> None:
    assert any(_links(page) for page in PAGES)


def _links(page: Path) -> list[str]:
    found = (match[1] or match[2] for match in _LINK.finditer(_FENCED.sub("", read(page))))
    return [link for link in found if not link.startswith(("http://", "https://"))]


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (ROOT / page.parent / name).resolve() if name else ROOT / page
    if not target.exists() or ROOT not in target.parents:
        return False
    return not anchor or anchor in _anchors(target.relative_to(ROOT))


def _anchors(page: Path) -> set[str]:
    """As the forges make them from headings."""
    heads = re.findall(r"^#+ (.+)$", _FENCED.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
