"""What a template must not do: hide names from its own blocks, or say what the content policy forbids; and that no
screen's style sheet restyles what another one has named."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from tests.support import ROOT
from tests.support.source import read, templates
from webapp.views._keeping import Keeping

FILES = FileSystemLoader(ROOT / "templates")
JINJA = Environment(autoescape=True, extensions=["jinja2.ext.i18n", Keeping], loader=FILES)
# What is the same in each answer to a reader; others' macros come by an import.
FOR_GOOD = {"_", "ngettext", "asset", "url_for"}
# What is lost when a block is answered alone: the names a template makes outside of its blocks.
NAMES = (nodes.Import, nodes.FromImport, nodes.Assign, nodes.AssignBlock)
FORBIDDEN = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an on… attribute": r"<[^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "a javascript: address": r"""=\s*["']\s*(javascript|js):""",
    "a filter in hx-trigger": r"""\bhx-trigger\s*=\s*["'][^"']*\[""",
}

SHARED = {"base", "layout", "components"}  # sheets that are written as one

PAGES = [path for path in templates() if "messages" not in path.parts]
ids = str


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_no_names_are_made_outside_the_blocks(path: Path) -> None:
    """The layouts are never answered in part, and files of macros have no blocks."""
    body = JINJA.parse(read(path), str(path)).body
    if "layout" in path.parts or not any(JINJA.parse(read(path), str(path)).find_all(nodes.Block)):
        return
    lost = [node.lineno for node in body if isinstance(node, NAMES)]
    assert not lost, f"{path}: move the import or set on lines {lost} into the block that uses it"


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_blocks_in_loops_are_scoped(path: Path) -> None:
    loops = JINJA.parse(read(path), str(path)).find_all(nodes.For)
    blind = [block.name for loop in loops for block in loop.find_all(nodes.Block) if not block.scoped]
    assert not blind


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_nothing_the_content_policy_forbids(path: Path) -> None:
    assert not list(_violations(read(path)))


@pytest.mark.parametrize("text", ['<p style="a">', "<a href='/' onclick=x>", "<script>", '<p hx-on:click="x">'])
def test_a_violation_is_found(text: str) -> None:
    assert list(_violations(text))


def _violations(text: str) -> Iterator[str]:
    markup = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    for what, pattern in FORBIDDEN.items():
        for found in re.finditer(pattern, markup):
            yield f"{what}: {found.group()}"


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_what_is_kept_is_made_of_what_it_is_known_by(path: Path) -> None:
    """Or the next reader would see what the first one's had in it."""
    assert not list(_unnamed(_parsed(str(path.relative_to("templates")))))


@pytest.mark.parametrize(
    ("text", "unnamed"),
    [
        ("{% keep a %}{{ a.x }}{% for c in a %}{{ c }}{% endfor %}{% endkeep %}", []),
        ("{% keep a %}{% if a %}{{ b }}{% endif %}{% endkeep %}", [{"b"}]),
        (
            "{% from 'x.html' import m %}{% keep none %}{{ m(_('Yes')) }}{{ csrf_token() }}{% endkeep %}",
            [{"csrf_token"}],
        ),
        ("{% keep none %}{% include 'layout/me.html' %}{% endkeep %}", [{"csrf_token", "request", "theme"}]),
    ],
)
def test_a_name_that_it_is_not_known_by_is_found(text: str, unnamed: list[set[str]]) -> None:
    assert list(_unnamed(JINJA.parse(text, "a.html"))) == unnamed


def _unnamed(whole: nodes.Template) -> Iterator[set[str]]:
    for piece in whole.find_all(nodes.CallBlock):
        if isinstance(piece.call.node, nodes.ExtensionAttribute):
            known_by = {name.name for name in piece.call.find_all(nodes.Name)} | _imported(whole)
            if missing := _read(piece.body) - known_by - FOR_GOOD:
                yield missing


def _parsed(name: str) -> nodes.Template:
    return JINJA.parse(FILES.get_source(JINJA, name)[0], name)


def _imported(whole: nodes.Template) -> set[str]:
    return {name for found in whole.find_all(nodes.FromImport) for name in found.names if isinstance(name, str)}


def _read(body: list[nodes.Node]) -> set[str]:
    """The names that come from outside, those of what it includes among them."""
    names = {name for node in body for name in node.find_all(nodes.Name)} | {
        node for node in body if isinstance(node, nodes.Name)
    }
    read = {name.name for name in names if name.ctx == "load"} - {name.name for name in names if name.ctx == "store"}
    parts = [node for node in body if isinstance(node, nodes.Include)]
    wholes = [_parsed(part.template.value) for part in parts if isinstance(part.template, nodes.Const)]
    return read.union(*(_read(whole.body) - _imported(whole) for whole in wholes))


def test_a_class_alone_is_styled_by_one_sheet() -> None:
    """All sheets are on every page: a second ``.strip`` for one screen would undo the first on another."""
    sheets: dict[str, set[str]] = {}
    for path in sorted((ROOT / "static/css").glob("*.css")):
        for name in _alone(path.read_text("utf-8")):
            sheets.setdefault(name, set()).add(path.stem)
    torn = {name: found for name, found in sheets.items() if len(found) > 1 and not found <= SHARED}
    assert not torn


def _alone(css: str) -> set[str]:
    """The classes that rules name with nothing before or after them."""
    rules = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return {part.strip() for rule in rules for part in rule.split(",") if re.fullmatch(r"\s*\.[\w-]+\s*", part)}
