"""What a template must not do: hide names from its own blocks, or say what the content policy forbids; and that no
screen's style sheet restyles what another one has named."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from tests.support import ROOT
from tests.support.source import read, templates
from webapp.views._keeping import Keeping

FILES = FileSystemLoader(ROOT / "templates")
JINJA = Environment(autoescape=True, extensions=["jinja2.ext.i18n", Keeping], loader=FILES)
# What is the same in each answer to a reader.
FOR_GOOD = {"_", "ngettext", "asset", "drawn_icon", "url_for", "caller"}
ME = {"csrf_token", "path_of_page", "request.script_root", "theme"}
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
    name = str(path.relative_to("templates"))
    assert not list(_unnamed(name, _parsed(name)))


@pytest.mark.parametrize(
    ("text", "unnamed"),
    [
        ("{% keep a %}{{ a.x }}{% for c in a %}{{ c.y }}{% endfor %}{% endkeep %}", []),
        ("{% keep a %}{% if a %}{{ b }}{% endif %}{% endkeep %}", [{"b"}]),
        ("{% keep a.x %}{{ a.x.z() }}{{ a.y }}{{ a }}{% endkeep %}", [{"a.y", "a"}]),
        ("{% keep none %}{{ _('Yes') }}{{ csrf_token() }}{% endkeep %}", [{"csrf_token"}]),
        ("{% keep none %}{% if 1 %}{% include 'layout/me.html' %}{% endif %}{% endkeep %}", [ME]),
        ("{% keep none %}{% include ['layout/me.html'] %}{% endkeep %}", [{"an include"}]),
        ("{% from 'parts/icon.html' import icon %}{% keep a %}{{ icon(a) }}{% endkeep %}", []),
        ("{% from 'parts/banner.html' import flash %}{% keep a %}{{ flash(a) }}{% endkeep %}", [{"csrf_token"}]),
    ],
)
def test_what_it_is_not_known_by_is_found(text: str, unnamed: list[set[str]]) -> None:
    assert list(_unnamed("a.html", JINJA.parse(text, "a.html"))) == unnamed


def _unnamed(name: str, whole: nodes.Template) -> Iterator[set[str]]:
    for piece in whole.find_all(nodes.CallBlock):
        if isinstance(piece.call.node, nodes.ExtensionAttribute):
            known_by = tuple(_read(piece.call.args, {}))
            read = _read(piece.body, _macros(name, whole))
            if missing := {one for one in read if not f"{one}.".startswith(tuple(f"{it}." for it in known_by))}:
                yield missing


def _parsed(name: str) -> nodes.Template:
    return JINJA.parse(FILES.get_source(JINJA, name)[0], name)


def _macros(name: str, whole: nodes.Template) -> dict[str, str]:
    """The macros that may be called in it, its own and those of others, each with its file."""
    found = (one for one in whole.find_all(nodes.FromImport) if isinstance(one.template, nodes.Const))
    others = {macro: one.template.value for one in found for macro in one.names if isinstance(macro, str)}
    return others | {macro.name: name for macro in whole.find_all(nodes.Macro)}


def _read(body: Iterable[nodes.Node], macros: Mapping[str, str]) -> set[str]:
    """What it has from outside, such as "a.x", with what that has which it includes or calls."""
    block = nodes.Block("", list(body), False, False)
    made = {name.name for name in block.find_all(nodes.Name) if name.ctx != "load"} | FOR_GOOD
    chains = set[str]()
    _follow(block, chains)
    read = {chain for chain in chains if chain.split(".")[0] not in made | macros.keys()}
    parts = [part.template for part in block.find_all(nodes.Include)]
    strange = {"an include"} if any(not isinstance(part, nodes.Const) for part in parts) else set[str]()
    included = (_read_of(part.value) for part in parts if isinstance(part, nodes.Const))
    return (read | strange).union(*included, *(_read_of(macros[chain], chain) for chain in chains & macros.keys()))


@cache
def _read_of(file: str, macro: str = "") -> set[str]:
    """What the file reads, or one of its macros."""
    whole = _parsed(file)
    body = [one for one in whole.find_all(nodes.Macro) if one.name == macro] if macro else whole.body
    return _read(body, _macros(file, whole))


def _follow(node: nodes.Node, chains: set[str]) -> None:
    """Note what is read at ``node`` and below, each with as many attributes as stand behind it."""
    for child in node.iter_child_nodes():
        chain = _chain(child)
        if chain is None:
            _follow(child, chains)
        elif chain:
            chains.add(chain)


def _chain(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name if node.ctx == "load" else ""
    if isinstance(node, nodes.Getattr) and (before := _chain(node.node)):
        return f"{before}.{node.attr}"
    return None


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
